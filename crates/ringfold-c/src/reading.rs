//! A reading half over elements, whatever their size and whichever the room.

use crate::{
    code::Code,
    rings::{Consumer, Facts},
    span::View,
    unit::{Shape, Unit, units_mut},
    wait::Wait,
};

/// What a handle of a consumer stands for. Counts are of elements.
pub trait Reading: Send {
    fn shape(&self) -> Shape;

    /// # Safety
    /// `target` is NULL or has room for `size` bytes, at any address.
    unsafe fn try_pop(&mut self, target: *mut u8, size: usize) -> Result<(), Code>;

    /// # Safety
    /// As for `try_pop`.
    unsafe fn pop(&mut self, target: *mut u8, size: usize, timeout_ns: i64) -> Result<(), Code>;

    /// At least one, as many as there are.
    ///
    /// # Safety
    /// `target` is NULL or has room for `count` elements, at any address.
    unsafe fn pop_slice(&mut self, target: *mut u8, count: usize, wait: Wait) -> Result<usize, Code>;

    fn peek(&mut self, at_least: usize, wait: Wait) -> Result<View, Code>;
    fn consume(&mut self, count: usize) -> Result<(), Code>;
    fn len(&mut self) -> usize;
    fn is_closed(&self) -> bool;
    fn facts(&self) -> Facts;
}

/// A consumer of units.
///
/// On cache lines of its own: what the other side's thread writes lies elsewhere.
#[repr(align(128))]
pub struct Reader<const N: usize, C: Consumer<N>> {
    consumer: C,
    shape: Shape,
    /// Elements that the last view has shown and that are still there.
    shown: usize,
}

impl<const N: usize, C: Consumer<N>> Reader<N, C> {
    pub fn boxed(shape: Shape, consumer: C) -> Box<dyn Reading> {
        Box::new(Self { consumer, shape, shown: 0 })
    }

    /// # Safety
    /// `target` is NULL or has room for one element, at any address.
    #[inline(always)]
    unsafe fn pop_one(&mut self, target: *mut u8, wait: Wait) -> Result<(), Code> {
        if self.shape.size != N {
            // SAFETY: handed on from the caller.
            return unsafe { self.pop_long(target, wait) };
        }
        // SAFETY: the caller lends room for an element, which is one unit.
        let target = unsafe { &mut units_mut::<N>(target, 1)?[0] };
        self.shown = 0;
        *target = self.consumer.pop_unit(wait)?;
        Ok(())
    }

    /// Out of the way of the call that waits for as long as it takes.
    ///
    /// # Safety
    /// As for `pop_one`.
    #[inline(never)]
    unsafe fn pop_in_time(&mut self, target: *mut u8, wait: Wait) -> Result<(), Code> {
        // SAFETY: handed on from the caller.
        unsafe { self.pop_one(target, wait) }
    }

    /// Pops one element of several units.
    ///
    /// # Safety
    /// As for `pop_one`.
    #[inline(never)]
    unsafe fn pop_long(&mut self, target: *mut u8, wait: Wait) -> Result<(), Code> {
        self.shown = 0;
        let count = self.shape.units();
        // SAFETY: the caller lends room for an element, which is so many units.
        let target = unsafe { units_mut::<N>(target, count)? };
        let (data, _) = self.consumer.peek_units(count, wait)?;
        // SAFETY: there are at least so many units, and nothing is done with the consumer before they are copied.
        unsafe { target.as_mut_ptr().copy_from_nonoverlapping(data.cast::<Unit<N>>(), count) };
        self.consumer.consume_units(count);
        Ok(())
    }
}

impl<const N: usize, C: Consumer<N>> Reading for Reader<N, C> {
    fn shape(&self) -> Shape {
        self.shape
    }

    unsafe fn try_pop(&mut self, target: *mut u8, size: usize) -> Result<(), Code> {
        self.shape.check(size)?;
        // SAFETY: the caller lends room for an element of this size.
        unsafe { self.pop_one(target, Wait::Never) }
    }

    unsafe fn pop(&mut self, target: *mut u8, size: usize, timeout_ns: i64) -> Result<(), Code> {
        self.shape.check(size)?;
        if timeout_ns >= 0 {
            // SAFETY: as in `try_pop`.
            return unsafe { self.pop_in_time(target, Wait::from_nanos(timeout_ns)) };
        }
        // SAFETY: as in `try_pop`.
        unsafe { self.pop_one(target, Wait::Forever) }
    }

    unsafe fn pop_slice(&mut self, target: *mut u8, count: usize, wait: Wait) -> Result<usize, Code> {
        self.shown = 0;
        if count == 0 {
            return Ok(0);
        }
        let units = self.shape.units();
        // SAFETY: the caller lends room for so many.
        let target = unsafe { units_mut::<N>(target, self.shape.units_of(count)?)? };
        let popped = self.consumer.try_pop_units(target);
        if popped > 0 {
            return Ok(popped / units);
        }
        self.consumer.peek_units(units, wait)?;
        Ok(self.consumer.try_pop_units(target) / units)
    }

    #[inline]
    fn peek(&mut self, at_least: usize, wait: Wait) -> Result<View, Code> {
        self.shown = 0;
        let (data, count) = self.consumer.peek_units(self.shape.units_of(at_least.max(1))?, wait)?;
        self.shown = count / self.shape.units();
        Ok(View::new(data, self.shown))
    }

    #[inline]
    fn consume(&mut self, count: usize) -> Result<(), Code> {
        if count > self.shown {
            return Err(Code::Claim);
        }
        self.shown -= count;
        self.consumer.consume_units(count * self.shape.units());
        Ok(())
    }

    fn len(&mut self) -> usize {
        self.shown = 0;
        self.consumer.backlog() / self.shape.units()
    }

    fn is_closed(&self) -> bool {
        self.consumer.has_closed()
    }

    fn facts(&self) -> Facts {
        self.consumer.facts()
    }
}
