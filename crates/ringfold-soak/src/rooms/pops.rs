//! The reading verbs of the rooms in which items flow, as [`flow`](crate::flow) names them.

use std::mem::forget;
use std::time::Duration;

use ringfold::error::{Closed, PeekTimeoutError, PopTimeoutError, TryPopError};
use ringfold::{lanes, mpmc, mpsc, spsc};

use crate::flow::{Look, Pops, Taken};

/// What is done to a view is the same in every room, but views are three types.
trait Viewed<T>: AsItems<T> + IntoIterator<Item = T> {
    fn give_back(self, count: usize);
}

trait AsItems<T> {
    fn items(&self) -> &[T];
}

impl<T> AsItems<T> for spsc::View<'_, T> {
    fn items(&self) -> &[T] {
        self
    }
}

impl<T> Viewed<T> for spsc::View<'_, T> {
    fn give_back(self, count: usize) {
        self.consume(count);
    }
}

impl<T> AsItems<T> for mpsc::View<'_, T> {
    fn items(&self) -> &[T] {
        self
    }
}

impl<T> Viewed<T> for mpsc::View<'_, T> {
    fn give_back(self, count: usize) {
        self.consume(count);
    }
}

impl<T> AsItems<T> for lanes::View<'_, T> {
    fn items(&self) -> &[T] {
        self
    }
}

impl<T> Viewed<T> for lanes::View<'_, T> {
    fn give_back(self, count: usize) {
        self.consume(count);
    }
}

fn use_view<T>(view: impl Viewed<T>, see: &mut dyn FnMut(&[T]), taken: Taken, take: &mut dyn FnMut(T)) {
    see(view.items());
    match taken {
        Taken::Dropped => (),
        Taken::Forgotten => forget(view),
        Taken::Consumed(count) => view.give_back(count),
        Taken::Moved(count) => view.into_iter().take(count).for_each(take),
    }
}

/// A view that came too late is none.
fn late(why: PeekTimeoutError) -> Result<(), Closed> {
    match why {
        PeekTimeoutError::Closed { available: 0 } => Err(Closed(())),
        PeekTimeoutError::Timeout { .. } | PeekTimeoutError::Closed { .. } => Ok(()),
        PeekTimeoutError::TooLarge { requested, capacity } => panic!("{requested} items of {capacity}"),
    }
}

impl<T: Send> Pops<T> for spsc::Consumer<T> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.try_pop()
    }
    fn pop(&mut self) -> Result<T, Closed> {
        self.pop()
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        self.pop_timeout(timeout)
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        self.drain(take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.pop_slice(target)
    }
    fn view(
        &mut self,
        look: Look,
        see: &mut dyn FnMut(&[T]),
        taken: Taken,
        take: &mut dyn FnMut(T),
    ) -> Option<Result<(), Closed>> {
        let view = match look {
            Look::Now => Ok(self.peek()),
            Look::One => self.peek_at_least(1).map_err(|_| Err(Closed(()))),
            Look::Several(count, timeout) => self.peek_at_least_timeout(count, timeout).map_err(late),
        };
        Some(view.map_or_else(
            |why| why,
            |view| {
                use_view(view, see, taken, take);
                Ok(())
            },
        ))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl<T: Send> Pops<T> for mpsc::Consumer<T> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.try_pop()
    }
    fn pop(&mut self) -> Result<T, Closed> {
        self.pop()
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        self.pop_timeout(timeout)
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        self.drain(take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.pop_slice(target)
    }
    fn view(
        &mut self,
        look: Look,
        see: &mut dyn FnMut(&[T]),
        taken: Taken,
        take: &mut dyn FnMut(T),
    ) -> Option<Result<(), Closed>> {
        let view = match look {
            Look::Now => Ok(self.peek()),
            Look::One => self.peek_at_least(1).map_err(|_| Err(Closed(()))),
            Look::Several(count, timeout) => self.peek_at_least_timeout(count, timeout).map_err(late),
        };
        Some(view.map_or_else(
            |why| why,
            |view| {
                use_view(view, see, taken, take);
                Ok(())
            },
        ))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl<T: Send> Pops<T> for lanes::Consumer<T> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.try_pop()
    }
    fn pop(&mut self) -> Result<T, Closed> {
        self.pop()
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        self.pop_timeout(timeout)
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        self.drain(take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.pop_slice(target)
    }
    fn view(
        &mut self,
        look: Look,
        see: &mut dyn FnMut(&[T]),
        taken: Taken,
        take: &mut dyn FnMut(T),
    ) -> Option<Result<(), Closed>> {
        let view = match look {
            Look::One => self.next_view(),
            Look::Now | Look::Several(..) => Ok(self.peek()),
        };
        Some(view.map(|view| use_view(view, see, taken, take)))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl<T: Send + 'static> Pops<T> for mpmc::Consumer<T> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        (*self).try_pop()
    }
    fn pop(&mut self) -> Result<T, Closed> {
        (*self).pop()
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        (*self).pop_timeout(timeout)
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        (*self).drain(take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        (*self).pop_slice(target)
    }
    fn another(&self) -> Option<Box<dyn Pops<T>>> {
        Some(Box::new(self.clone()))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}
