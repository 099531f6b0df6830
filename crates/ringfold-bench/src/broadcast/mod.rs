//! The cases of the room `broadcast`: every reader sees every event.
//!
//! `shape.rs` says who comes after whom, `rival.rs` what somebody must offer to take part, `wired.rs` makes graphs of channels, `team.rs` runs one
//! sample, `check.rs` looks at every event; who takes part is in `rivals/broadcast/`. `large.rs`, `round_trip.rs` and `price.rs` ask what the
//! graphs do not: how near to a memcpy, how far from a bare cache line, and what a reader costs the producer.

pub mod check;
pub mod course;
pub mod large;
pub mod price;
pub mod rival;
pub mod round_trip;
pub mod shape;
pub mod team;
pub mod wired;

use crate::contender::{Case, Contender, Metric};
use crate::machine;
use crate::rivals::broadcast::{self as rivals, Visit};
use crate::rooms::Scale;
use crate::signal::Wait;
use crate::spsc::item::thousands;
use crate::spsc::payload::{self, Item, Payload};

use self::check::{Check, Mixed};
use self::rival::Rival;
use self::shape::Shape;
use self::team::{RUN, Sending, sample};

const SHAPES: [Shape; 5] =
    [Shape::OneToOne, Shape::OneToThree, Shape::Pipeline, Shape::Diamond, Shape::ThreeToOne];
const SLOTS: usize = 64 * 1024;

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    for sending in [Sending::Each, Sending::Batches] {
        for shape in SHAPES {
            cases.push(words(shape, sending));
        }
    }
    cases.extend(large::cases(scale));
    cases.push(round_trip::case());
    cases.extend(price::cases());
    cases
}

fn words(shape: Shape, sending: Sending) -> Case {
    let contenders = match shape.producers() {
        1 => contenders::<Item<1>, payload::Check>(shape, SLOTS, sending),
        _ => contenders::<Item<1>, Mixed>(shape, SLOTS, sending),
    };
    let how = match sending {
        Sending::Each => "one by one".to_owned(),
        Sending::Batches => format!("batches of {RUN}"),
    };
    Case {
        room: "broadcast",
        topology: shape.name(),
        regime: format!("words, {how}, {} slots", thousands(SLOTS)),
        capacity: SLOTS,
        item_bytes: 8,
        sides: (shape.producers(), shape.readers().len()),
        threads_per_core: threads_per_core(shape),
        rounds: None,
        metric: Metric::ItemsPerSecond,
        contenders,
    }
}

fn threads_per_core(shape: Shape) -> f64 {
    (shape.threads() as f64 / machine::cores().len().max(1) as f64).max(1.0)
}

/// Everybody who can be had in this shape.
fn contenders<E: Payload, C: Check<E>>(shape: Shape, capacity: usize, sending: Sending) -> Vec<Contender> {
    struct List<C> {
        shape: Shape,
        capacity: usize,
        sending: Sending,
        list: Vec<Contender>,
        _check: std::marker::PhantomData<C>,
    }
    impl<E: Payload, C: Check<E>> Visit<E> for List<C> {
        fn visit<R: Rival<E>>(&mut self) {
            let List { shape, capacity, sending, .. } = *self;
            if !R::takes(shape) {
                return;
            }
            // On a core of its own a thread may yield too: a poll that comes later finds more.
            let mut ways = R::WAYS.on_one_core();
            if threads_per_core(shape) <= 1.0 {
                ways.extend(R::WAYS.on_two_cores().into_iter().filter(|way| *way != Wait::Block));
            }
            ways.dedup();
            self.list.push(Contender {
                name: R::NAME,
                role: R::ROLE,
                note: R::NOTE.to_owned(),
                ways,
                run: Box::new(move |plan, wait| sample::<E, R, C>(plan, wait, (shape, capacity), sending)),
            });
        }
    }
    let mut visitor =
        List::<C> { shape, capacity, sending, list: Vec::new(), _check: std::marker::PhantomData };
    rivals::everybody::<E>(&mut visitor);
    visitor.list
}
