//! rusted-ring 0.5: <https://github.com/blockxaero/rusted-ring>. Its writer never waits and its readers are not told what they have missed,
//! so its answer is right only as long as no reader falls a lap behind.

use std::ops::Range;

use rusted_ring::{PooledEvent, Reader, RingBuffer, Writer};

use crate::broadcast::check::Check;
use crate::broadcast::course::Course;
use crate::broadcast::rival::{Handles, Order, Rival};
use crate::broadcast::shape::Shape;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::Ways;

/// Words only, and in as many slots as it allows.
pub struct RustedRing;

const SLOTS: usize = 64 * 1024;
const BYTES: usize = 8;
/// A ring is made on the stack.
const STACK: usize = 64 << 20;

type Ring = RingBuffer<BYTES, SLOTS>;

impl<E: Payload> Rival<E> for RustedRing {
    const NAME: &'static str = "rusted-ring";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "add, next; 64 Ki slots; overwrites what was not read";
    type Tx = Writer<BYTES, SLOTS>;
    type Rx = Reader<BYTES, SLOTS>;

    fn takes(shape: Shape) -> bool {
        E::WORDS == 1 && matches!(shape, Shape::OneToOne | Shape::OneToThree)
    }

    fn open(order: Order) -> Handles<Self::Tx, Self::Rx> {
        let maker = std::thread::Builder::new().stack_size(STACK);
        // It can be had for ever only.
        let ring = maker.spawn(|| &*Box::leak(Box::new(Ring::new())))?.join().map_err(|_| "it panicked")?;
        let readers = order.shape.readers().iter().map(|_| Reader::new(ring)).collect();
        Ok((vec![Writer::new(ring)], readers))
    }

    #[inline(always)]
    fn send_each(tx: &mut Self::Tx, words: Range<u64>, _: &Signal) -> Result<(), Ended> {
        for word in words {
            tx.add(PooledEvent { len: BYTES as u32, event_type: 0, data: word.to_ne_bytes() });
        }
        Ok(())
    }

    fn read<C: Check<E>>(mut rx: Self::Rx, check: &mut C, course: &Course) -> Result<(), Ended> {
        course.follow(check, |check| {
            if let Some(event) = rx.next() {
                check.see(&E::make(u64::from_ne_bytes(event.data)));
            }
        })
    }
}
