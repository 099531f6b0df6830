//! disruptor 4.4: <https://github.com/nicholassm/disruptor-rs>. Preallocated events, published one by one or many at once; read by pollers on
//! our threads, or by handlers on its own.

use std::ops::Range;
use std::sync::mpsc;

use disruptor::{
    BusySpin, BusySpinWithSpinLoopHint, EventGuard, EventPoller, MultiConsumerBarrier, MultiProducer,
    MultiProducerBarrier, Polling, ProcessorSettings, Producer, Sequence, SingleConsumerBarrier,
    SingleProducer, SingleProducerBarrier, build_multi_producer, build_single_producer,
    wait_strategies::WaitStrategy,
};

use crate::broadcast::check::Check;
use crate::broadcast::course::Course;
use crate::broadcast::rival::{Handles, Order, Rival, event};
use crate::broadcast::shape::Shape;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::payload::{self, Payload};
use crate::spsc::rival::{OpenError, Ways};

/// Readers are pollers.
pub struct Pollers;
/// Readers are handlers on threads of the disruptor's.
pub struct Managed;

/// Its producers, by who gates them.
pub enum Tx<E> {
    OneReader(SingleProducer<E, SingleConsumerBarrier>),
    Readers(SingleProducer<E, MultiConsumerBarrier>),
    Shared(MultiProducer<E, SingleConsumerBarrier>),
}

/// Its pollers, by whom they come after.
pub enum Rx<E> {
    First(EventPoller<E, SingleProducerBarrier>),
    FirstOfMany(EventPoller<E, MultiProducerBarrier>),
    AfterOne(EventPoller<E, SingleConsumerBarrier>),
    AfterMany(EventPoller<E, MultiConsumerBarrier>),
}

impl<E: Payload> Tx<E> {
    #[inline(always)]
    fn each(&mut self, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        match self {
            Tx::OneReader(producer) => each(producer, words, signal),
            Tx::Readers(producer) => each(producer, words, signal),
            Tx::Shared(producer) => each(producer, words, signal),
        }
    }

    #[inline(always)]
    fn batch(&mut self, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        match self {
            Tx::OneReader(producer) => batch(producer, words, signal),
            Tx::Readers(producer) => batch(producer, words, signal),
            Tx::Shared(producer) => batch(producer, words, signal),
        }
    }
}

#[inline(always)]
fn each<E: Payload>(
    producer: &mut impl Producer<E>,
    mut words: Range<u64>,
    signal: &Signal,
) -> Result<(), Ended> {
    words.try_for_each(|word| {
        signal.insist(|| producer.try_publish(|place| *place = event(word)).ok()).map(drop)
    })
}

#[inline(always)]
fn batch<E: Payload>(
    producer: &mut impl Producer<E>,
    words: Range<u64>,
    signal: &Signal,
) -> Result<(), Ended> {
    let count = (words.end - words.start) as usize;
    signal.insist(|| {
        let words = words.clone();
        let fill = producer.try_batch_publish(count, |events| {
            events.zip(words).for_each(|(place, word)| *place = event(word));
        });
        fill.ok()
    })?;
    Ok(())
}

#[inline(always)]
fn see<E: Payload, B>(polled: Result<EventGuard<'_, E, B>, Polling>, check: &mut impl Check<E>) {
    if let Ok(mut events) = polled {
        check.see_all(&mut events);
    }
}

fn must_be_a_power_of_two(capacity: usize) -> Result<(), OpenError> {
    if capacity.is_power_of_two() { Ok(()) } else { Err("its size must be a power of two".into()) }
}

impl<E: Payload> Rival<E> for Pollers {
    const NAME: &'static str = "disruptor, pollers";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "try_publish, poll; batches: try_batch_publish";
    type Tx = Tx<E>;
    type Rx = Rx<E>;

    fn open(order: Order) -> Handles<Tx<E>, Rx<E>> {
        must_be_a_power_of_two(order.capacity)?;
        if order.shape == Shape::ThreeToOne {
            let (reader, builder) =
                build_multi_producer(order.capacity, E::default, BusySpin).new_event_poller();
            let producer = builder.build();
            let producers = (0..3).map(|_| Tx::Shared(producer.clone())).collect();
            return Ok((producers, vec![Rx::FirstOfMany(reader)]));
        }
        let (first, builder) = build_single_producer(order.capacity, E::default, BusySpin).new_event_poller();
        let first = Rx::First(first);
        let (producer, readers) = match order.shape {
            Shape::OneToOne | Shape::ThreeToOne => (Tx::OneReader(builder.build()), vec![first]),
            Shape::OneToThree => {
                let (second, builder) = builder.new_event_poller();
                let (third, builder) = builder.new_event_poller();
                (Tx::Readers(builder.build()), vec![first, Rx::First(second), Rx::First(third)])
            }
            Shape::Pipeline => {
                let (second, builder) = builder.and_then().new_event_poller();
                let (third, builder) = builder.and_then().new_event_poller();
                (Tx::OneReader(builder.build()), vec![first, Rx::AfterOne(second), Rx::AfterOne(third)])
            }
            Shape::Diamond => {
                let (second, builder) = builder.new_event_poller();
                let (third, builder) = builder.and_then().new_event_poller();
                (Tx::OneReader(builder.build()), vec![first, Rx::First(second), Rx::AfterMany(third)])
            }
        };
        Ok((vec![producer], readers))
    }

    #[inline(always)]
    fn send_each(tx: &mut Tx<E>, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        tx.each(words, signal)
    }

    #[inline(always)]
    fn send_batch(tx: &mut Tx<E>, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        tx.batch(words, signal)
    }

    fn read<C: Check<E>>(rx: Rx<E>, check: &mut C, course: &Course) -> Result<(), Ended> {
        match rx {
            Rx::First(mut rx) => course.follow(check, |check| see(rx.poll(), check)),
            Rx::FirstOfMany(mut rx) => course.follow(check, |check| see(rx.poll(), check)),
            Rx::AfterOne(mut rx) => course.follow(check, |check| see(rx.poll(), check)),
            Rx::AfterMany(mut rx) => course.follow(check, |check| see(rx.poll(), check)),
        }
    }
}

/// Gives the core away, as LMAX's own strategy of that name does; the crate has none.
#[derive(Clone, Copy)]
struct Yielding;

impl WaitStrategy for Yielding {
    fn wait_for(&self, _: Sequence) {
        std::thread::yield_now();
    }
}

/// What a handler has seen, told when the disruptor ends it.
struct Seen {
    check: payload::Check,
    told: mpsc::Sender<payload::Check>,
}

impl Drop for Seen {
    fn drop(&mut self) {
        let _ = self.told.send(self.check);
    }
}

impl<E: Payload> Rival<E> for Managed {
    const NAME: &'static str = "disruptor, handlers";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str =
        "handlers on its own threads, which are not in the figure of cores; try_publish, try_batch_publish";
    type Tx = Tx<E>;
    type Rx = mpsc::Receiver<payload::Check>;

    fn takes(shape: Shape) -> bool {
        shape.producers() == 1
    }

    fn open(order: Order) -> Handles<Tx<E>, Self::Rx> {
        must_be_a_power_of_two(order.capacity)?;
        Ok(match order.wait {
            Wait::Yield => managed(order, Yielding),
            Wait::Busy => managed(order, BusySpin),
            _ => managed(order, BusySpinWithSpinLoopHint),
        })
    }

    #[inline(always)]
    fn send_each(tx: &mut Tx<E>, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        tx.each(words, signal)
    }

    #[inline(always)]
    fn send_batch(tx: &mut Tx<E>, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        tx.batch(words, signal)
    }

    fn read<C: Check<E>>(rx: Self::Rx, check: &mut C, _: &Course) -> Result<(), Ended> {
        let seen = rx.recv().map_err(|_| Ended::Aborted)?;
        check.adopt(seen);
        Ok(())
    }
}

fn managed<E: Payload>(
    order: Order,
    wait: impl WaitStrategy + 'static,
) -> (Vec<Tx<E>>, Vec<mpsc::Receiver<payload::Check>>) {
    let (told, receivers): (Vec<_>, Vec<_>) = order.shape.readers().iter().map(|_| mpsc::channel()).unzip();
    let mut told = told.into_iter();
    let mut handler = || {
        let told = told.next().expect("one for each reader");
        let mut seen = Seen { check: payload::Check::default(), told };
        move |event: &E, _: Sequence, _: bool| {
            // All of it, not only the field, so that it is dropped with the handler.
            let seen = &mut seen;
            seen.check.see(event);
        }
    };
    let builder = build_single_producer(order.capacity, E::default, wait);
    let builder = match order.core {
        Some(core) => builder.pin_at_core(core),
        None => builder,
    };
    let builder = builder.handle_events_with(handler());
    let producer = match order.shape {
        Shape::OneToOne | Shape::ThreeToOne => Tx::OneReader(builder.build()),
        Shape::OneToThree => {
            Tx::Readers(builder.handle_events_with(handler()).handle_events_with(handler()).build())
        }
        Shape::Pipeline => Tx::OneReader(
            builder.and_then().handle_events_with(handler()).and_then().handle_events_with(handler()).build(),
        ),
        Shape::Diamond => Tx::OneReader(
            builder.handle_events_with(handler()).and_then().handle_events_with(handler()).build(),
        ),
    };
    (vec![producer], receivers)
}
