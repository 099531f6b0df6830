//! The rooms of one thread, step by step beside a model.
#![no_main]

#[path = "one_thread/item.rs"]
mod item;
#[path = "one_thread/ring.rs"]
mod ring;
#[path = "one_thread/stream.rs"]
mod stream;

use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use ringfold::{memory::Memory, ring::Inline, stream as byte_stream};

use item::{Counted, Plain};

/// A room and what is done to it. A new room gets a variant and a file.
#[derive(Arbitrary, Debug)]
enum Walk {
    Ring { place: Place, size: Size, steps: Vec<ring::Step> },
    Stream { place: Place, steps: Vec<stream::Step> },
}

/// Where a room lies.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Place {
    Mirror(u8),
    Soft(u8),
    InlineOne,
    InlineTwo,
    InlineSeven,
}

/// The items: plain bytes, or counted ones with so many bytes beside the count.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Size {
    Plain0,
    Plain1,
    Plain3,
    Plain8,
    Plain12,
    Plain4097,
    Counted0,
    Counted1,
    Counted5,
    Counted40,
    Counted2100,
}

impl Place {
    /// The kind of mapped memory and the capacity.
    pub fn mapped(self) -> Option<(Memory, usize)> {
        match self {
            Self::Mirror(capacity) => Some((Memory::Auto, 1 + usize::from(capacity % 80))),
            Self::Soft(capacity) => Some((Memory::Soft, 1 + usize::from(capacity % 80))),
            _ => None,
        }
    }
}

fn ring_of<T: item::Item>(place: Place, steps: &[ring::Step]) {
    match place {
        Place::InlineOne => ring::walk_inline(Inline::<T, 1>::new(), steps),
        Place::InlineTwo => ring::walk_inline(Inline::<T, 2>::new(), steps),
        Place::InlineSeven => ring::walk_inline(Inline::<T, 7>::new(), steps),
        Place::Mirror(_) | Place::Soft(_) => ring::walk_mapped::<T>(place, steps),
    }
    item::assert_none_lives();
}

fuzz_target!(|walk: Walk| {
    item::let_planned_panics_pass();
    match walk {
        Walk::Ring { place, size, steps } => match size {
            Size::Plain0 => ring_of::<Plain<0>>(place, &steps),
            Size::Plain1 => ring_of::<Plain<1>>(place, &steps),
            Size::Plain3 => ring_of::<Plain<3>>(place, &steps),
            Size::Plain8 => ring_of::<Plain<8>>(place, &steps),
            Size::Plain12 => ring_of::<Plain<12>>(place, &steps),
            Size::Plain4097 => ring_of::<Plain<4097>>(place, &steps),
            Size::Counted0 => ring_of::<Counted<0>>(place, &steps),
            Size::Counted1 => ring_of::<Counted<1>>(place, &steps),
            Size::Counted5 => ring_of::<Counted<5>>(place, &steps),
            Size::Counted40 => ring_of::<Counted<40>>(place, &steps),
            Size::Counted2100 => ring_of::<Counted<2100>>(place, &steps),
        },
        Walk::Stream { place, steps } => match place {
            Place::InlineOne => stream::walk(byte_stream::Inline::<1>::new(), &steps),
            Place::InlineTwo => stream::walk(byte_stream::Inline::<2>::new(), &steps),
            Place::InlineSeven => stream::walk(byte_stream::Inline::<7>::new(), &steps),
            Place::Mirror(_) | Place::Soft(_) => stream::walk_mapped(place, &steps),
        },
    }
});
