//! `Ring` and `Queue`, which is its face, beside a `VecDeque` of numbers.

use std::collections::VecDeque;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use ringfold::{Queue, Ring, queue::Reservation, ring::Storage};

use crate::{
    Place,
    item::{self, Item},
};

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Step {
    Push,
    PushOverwrite,
    PushIter {
        count: u8,
        panics_at: Option<u8>,
    },
    PushSlice(u8),
    Extend(u8),
    Spare(u8),
    Reserve {
        count: u8,
        filling: Filling,
        ending: Ending,
    },
    Pop,
    PopSlice(u8),
    Consume(u8),
    Truncate(u8),
    TruncateFront(u8),
    Drain {
        panics_at: Option<u8>,
    },
    Clear,
    Swap(u8, u8),
    Anger(u8),
    /// Moves the content on through the memory, as far as one lap.
    MoveOn(u16),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Filling {
    Push(u8),
    All,
    PanicAt(u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Ending {
    Commit,
    UpTo(u8),
    Drop,
    Forget,
}

struct Walker<T: Item, S: Storage<T>> {
    /// `None` only while it is a queue.
    ring: Option<Ring<T, S>>,
    model: VecDeque<u64>,
    next: u64,
    /// How many items the memory holds.
    lap: usize,
    /// Those that will never be dropped.
    lost: usize,
}

/// Takes the steps on an empty ring whose memory holds `lap` items. Gives back the ring and what is in it, or leaves it through an
/// iterator.
fn walk<T: Item, S: Storage<T>>(
    ring: Ring<T, S>,
    lap: usize,
    steps: &[Step],
) -> Option<(Ring<T, S>, VecDeque<u64>)> {
    let mut walker = Walker { ring: Some(ring), model: VecDeque::new(), next: 0, lap, lost: 0 };
    for &step in steps {
        if !item::survives(|| walker.take(step)) {
            walker.look_again();
        }
        walker.compare();
    }
    item::forgotten(walker.lost);
    let Walker { ring, model, .. } = walker;
    let ring = ring.expect("it is a ring between steps");
    if steps.len() % 2 == 0 {
        return Some((ring, model));
    }
    item::survives(|| {
        let mut items = ring.into_iter();
        drop((items.next(), items.next_back(), items.next_back()));
    });
    None
}

/// As [`walk`] inside the value.
pub fn walk_inline<T: Item, S: Storage<T>>(ring: Ring<T, S>, steps: &[Step]) {
    let lap = ring.capacity();
    let left = walk(ring, lap, steps);
    item::survives(|| drop(left));
}

/// As [`walk`] on mapped memory; in the end the ring is handed to the room of two threads.
pub fn walk_mapped<T: Item>(place: Place, steps: &[Step]) {
    let Some((memory, capacity)) = place.mapped() else { return };
    let ring = Ring::<T>::builder(capacity).memory(memory).build().expect("memory for a small ring");
    let lap = ring.memory().map_or(capacity, |info| info.bytes.div_ceil(size_of::<T>()));
    let Some((ring, mut model)) = walk(ring, lap, steps) else { return };
    item::survives(|| {
        let (mut producer, mut consumer) = ring.into_spsc();
        for number in (1 << 32..).take(producer.free()) {
            model.push_back(number);
            assert!(producer.try_push(T::numbered(number)).is_ok());
        }
        let view = consumer.peek();
        assert!(view.len() == capacity && view.iter().zip(&model).all(|(item, &number)| item.is(number)));
    });
}

impl<T: Item, S: Storage<T>> Walker<T, S> {
    fn ring(&mut self) -> &mut Ring<T, S> {
        self.ring.as_mut().expect("it is a ring between steps")
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn item(&mut self) -> T {
        T::numbered(self.number())
    }

    fn room(&mut self) -> usize {
        self.ring().capacity() - self.model.len()
    }

    /// The numbers of the next items, not yet made.
    fn numbers(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.number()).collect()
    }

    fn take(&mut self, step: Step) {
        let (len, room) = (self.model.len(), self.room());
        match step {
            Step::Push => {
                let item = self.item();
                assert_eq!(self.ring().push(item).is_ok(), room > 0);
                self.model.extend((room > 0).then_some(self.next));
            }
            Step::PushOverwrite => {
                let item = self.item();
                let oldest = (room == 0).then(|| self.model.pop_front().expect("it is full"));
                self.model.push_back(self.next);
                let found = self.ring().push_overwrite(item);
                assert!(found.is_some() == oldest.is_some());
                assert!(found.iter().all(|found| found.is(oldest.expect("both"))));
            }
            Step::PushIter { count, panics_at } => self.push_iter(count.into(), panics_at.map(usize::from)),
            Step::PushSlice(count) => {
                let numbers = self.numbers(count.into());
                if let Some(pushed) = T::push_slice(self.ring(), &numbers) {
                    assert_eq!(pushed, numbers.len().min(room));
                    self.model.extend(&numbers[..pushed]);
                }
            }
            Step::Extend(count) => {
                let numbers = self.numbers(count.into());
                self.model.extend(&numbers);
                let gone = self.model.len().saturating_sub(self.ring().capacity());
                self.model.drain(..gone);
                self.ring().extend(numbers.into_iter().map(T::numbered));
            }
            Step::Spare(count) => {
                let numbers = self.numbers(usize::from(count).min(room));
                let spare = self.ring().spare();
                assert_eq!(spare.len(), room);
                for (cell, &number) in spare.iter_mut().zip(&numbers) {
                    cell.write(T::numbered(number));
                }
                // SAFETY: so many cells were just written.
                unsafe { self.ring().commit(numbers.len()) };
                self.model.extend(numbers);
            }
            Step::Reserve { count, filling, ending } => self.reserve(count.into(), filling, ending),
            Step::Swap(a, b) if len > 0 => {
                let (a, b) = (usize::from(a) % len, usize::from(b) % len);
                self.ring().as_mut_slice().swap(a, b);
                self.model.swap(a, b);
            }
            Step::Anger(at) if len > 0 => self.ring()[usize::from(at) % len].anger(),
            Step::MoveOn(by) if len > 0 && room > 0 => {
                for _ in 0..usize::from(by) % (self.lap + 3) {
                    self.take(Step::Push);
                    self.take(Step::Pop);
                }
            }
            _ => self.take_out(step),
        }
    }

    fn take_out(&mut self, step: Step) {
        let len = self.model.len();
        match step {
            Step::Pop => {
                let (found, number) = (self.ring().pop(), self.model.pop_front());
                assert!(found.is_some() == number.is_some());
                assert!(found.iter().all(|found| found.is(number.expect("both"))));
            }
            Step::PopSlice(count) => {
                let count = usize::from(count);
                if let Some(items) = T::pop_slice(self.ring(), count) {
                    assert_eq!(items.len(), count.min(len));
                    assert!(items.iter().zip(self.model.drain(..count.min(len))).all(|(item, n)| item.is(n)));
                }
            }
            Step::Consume(count) => {
                self.model.drain(..usize::from(count).min(len));
                assert_eq!(self.ring().consume(count.into()), usize::from(count).min(len));
            }
            Step::Truncate(left) => {
                self.model.truncate(left.into());
                assert_eq!(self.ring().truncate(left.into()), len.saturating_sub(left.into()));
            }
            Step::TruncateFront(left) => {
                self.model.drain(..len.saturating_sub(left.into()));
                assert_eq!(self.ring().truncate_front(left.into()), len.saturating_sub(left.into()));
            }
            Step::Drain { panics_at } => {
                let mut seen = 0;
                let Self { ring: Some(ring), model, .. } = self else { return };
                let count = ring.drain(|item| {
                    assert!(item.is(model.pop_front().expect("no more than there were")));
                    if panics_at.map(usize::from) == Some(seen) {
                        item::planned();
                    }
                    seen += 1;
                });
                assert_eq!(count, len);
            }
            Step::Clear => {
                self.model.clear();
                self.ring().clear();
            }
            _ => {}
        }
    }

    fn push_iter(&mut self, count: usize, panics_at: Option<usize>) {
        let (len, room) = (self.model.len(), self.room());
        let numbers = self.numbers(count);
        let mut items = numbers.iter().enumerate().map(|(at, &number)| match panics_at {
            Some(panics_at) if panics_at == at => item::planned(),
            _ => T::numbered(number),
        });
        item::survives(|| {
            let pushed = self.ring().push_iter(&mut items);
            assert_eq!((pushed, items.len()), (count.min(room), count - count.min(room)));
        });
        let pushed = self.ring().len() - len;
        assert_eq!(pushed, count.min(room).min(panics_at.unwrap_or(count)));
        self.model.extend(&numbers[..pushed]);
    }

    /// By way of the other face.
    fn reserve(&mut self, count: usize, filling: Filling, ending: Ending) {
        let room = self.room();
        let numbers = self.numbers(count);
        let mut queue = Queue::from(self.ring.take().expect("it is a ring between steps"));
        let has_survived = item::survives(|| {
            let Some(slots) = queue.reserve(count) else {
                assert!(count > room);
                return;
            };
            assert!(count <= room && slots.capacity() == count);
            let (committed, lost) = fill(slots, &numbers, filling, ending);
            self.lost += lost;
            self.model.extend(&numbers[..committed]);
        });
        self.ring = Some(queue.into_ring());
        if !has_survived {
            item::planned();
        }
    }

    /// After a planned panic: counted items tell what is still there, with others nothing was dropped that could panic.
    fn look_again(&mut self) {
        if T::IS_COUNTED {
            let found: VecDeque<u64> = self.ring().iter().filter_map(T::number).collect();
            assert!(found.len() == self.ring().len() && found.iter().all(|number| *number <= self.next));
            self.model = found;
        }
    }

    fn compare(&mut self) {
        let ring = self.ring.as_ref().expect("it is a ring between steps");
        assert_eq!((ring.len(), ring.free()), (self.model.len(), ring.capacity() - self.model.len()));
        assert!(ring.iter().zip(&self.model).all(|(item, &number)| item.is(number)));
        if T::IS_COUNTED {
            assert_eq!(item::living(), self.model.len() + self.lost);
        }
    }
}

/// Fills a reservation and ends it. Gives back how many items were committed, and how many will never be dropped.
fn fill<T: Item, S: Storage<T>>(
    mut slots: Reservation<'_, T, S>,
    numbers: &[u64],
    filling: Filling,
    ending: Ending,
) -> (usize, usize) {
    match filling {
        Filling::Push(few) => {
            for (at, &number) in numbers.iter().enumerate().take(few.into()) {
                assert!(slots.push(T::numbered(number)).is_ok() && slots.written() == at + 1);
            }
        }
        Filling::All => slots.fill(|i| T::numbered(numbers[i])),
        Filling::PanicAt(at) => slots.fill(|i| match i == usize::from(at) {
            true => item::planned(),
            false => T::numbered(numbers[i]),
        }),
    }
    let written = slots.written();
    assert!(slots.written_mut().iter().zip(numbers).all(|(item, &number)| item.is(number)));
    match ending {
        Ending::Commit => (slots.commit(), 0),
        Ending::UpTo(most) => {
            let committed = slots.commit_up_to(most.into());
            assert_eq!(committed, written.min(most.into()));
            (committed, 0)
        }
        Ending::Drop => (0, 0),
        Ending::Forget => {
            std::mem::forget(slots);
            (0, if T::IS_COUNTED { written } else { 0 })
        }
    }
}
