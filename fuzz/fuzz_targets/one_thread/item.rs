//! Items: plain ones that can be copied, and counted ones that live on the heap and panic when told to.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, panic_any, set_hook, take_hook},
    sync::Once,
};

use ringfold::{Ring, ring::Storage};

/// An item that knows its number, as far as its size allows.
pub trait Item: 'static {
    /// Whether [`living`] counts it.
    const IS_COUNTED: bool = false;

    fn numbered(number: u64) -> Self;
    fn is(&self, number: u64) -> bool;

    /// Its number, if it can tell.
    fn number(&self) -> Option<u64> {
        None
    }

    /// Makes it panic when it is dropped, if it can.
    fn anger(&self) {}

    /// `push_slice`, for items that can be copied; how many went in.
    fn push_slice<S: Storage<Self>>(ring: &mut Ring<Self, S>, numbers: &[u64]) -> Option<usize>
    where
        Self: Sized,
    {
        let _ = (ring, numbers);
        None
    }

    /// `pop_slice`, likewise; what came out.
    fn pop_slice<S: Storage<Self>>(ring: &mut Ring<Self, S>, count: usize) -> Option<Vec<Self>>
    where
        Self: Sized,
    {
        let _ = (ring, count);
        None
    }
}

/// Bytes that all depend on the number.
#[derive(Clone, Copy)]
pub struct Plain<const N: usize>([u8; N]);

fn bytes<const N: usize>(number: u64) -> [u8; N] {
    std::array::from_fn(|i| (number.wrapping_add(i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
}

impl<const N: usize> Item for Plain<N> {
    fn numbered(number: u64) -> Self {
        Self(bytes(number))
    }

    fn is(&self, number: u64) -> bool {
        self.0 == bytes(number)
    }

    fn push_slice<S: Storage<Self>>(ring: &mut Ring<Self, S>, numbers: &[u64]) -> Option<usize> {
        let items: Vec<_> = numbers.iter().map(|&number| Self::numbered(number)).collect();
        Some(ring.push_slice(&items))
    }

    fn pop_slice<S: Storage<Self>>(ring: &mut Ring<Self, S>, count: usize) -> Option<Vec<Self>> {
        let mut items = vec![Self::numbered(u64::MAX); count];
        let popped = ring.pop_slice(&mut items);
        items.truncate(popped);
        Some(items)
    }
}

thread_local!(static LIVING: Cell<usize> = const { Cell::new(0) });

/// Has its number on the heap, where a sanitizer sees that it is freed once.
pub struct Counted<const N: usize> {
    number: Box<u64>,
    beside: [u8; N],
    is_angry: Cell<bool>,
}

impl<const N: usize> Item for Counted<N> {
    const IS_COUNTED: bool = true;

    fn numbered(number: u64) -> Self {
        LIVING.set(LIVING.get() + 1);
        Self { number: Box::new(number), beside: bytes(number), is_angry: Cell::new(false) }
    }

    fn is(&self, number: u64) -> bool {
        *self.number == number && self.beside == bytes(number)
    }

    fn number(&self) -> Option<u64> {
        Some(*self.number)
    }

    fn anger(&self) {
        self.is_angry.set(true);
    }
}

impl<const N: usize> Drop for Counted<N> {
    fn drop(&mut self) {
        assert!(self.is(*self.number), "item {} is damaged", self.number);
        LIVING.set(LIVING.get() - 1);
        if self.is_angry.get() && !std::thread::panicking() {
            planned();
        }
    }
}

pub fn living() -> usize {
    LIVING.get()
}

/// Takes items that were forgotten out of the count; what they have on the heap is lost.
pub fn forgotten(count: usize) {
    LIVING.set(LIVING.get() - count);
}

pub fn assert_none_lives() {
    assert_eq!(living(), 0, "items were not dropped");
}

/// What a planned panic carries.
struct Planned;

/// Panics as planned.
pub fn planned() -> ! {
    panic_any(Planned)
}

/// Runs `f`; whether it came to its end. Only a planned panic is caught.
pub fn survives(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_ok()
}

/// libFuzzer ends the process on each panic; from here on only on those that were not planned.
pub fn let_planned_panics_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let abort = take_hook();
        set_hook(Box::new(move |info| {
            if !info.payload().is::<Planned>() {
                abort(info);
            }
        }));
    });
}
