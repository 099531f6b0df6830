//! The cases of the room `spsc`: one producer, one consumer.
//!
//! `rival.rs` says what somebody must offer to take part; each topology's file says what it measures and builds its
//! cases; the list of who takes part is in `rivals/`.

pub mod chunks;
pub mod item;
pub mod one_core;
pub mod paced;
pub mod payload;
pub mod record;
pub mod rival;
pub mod round_trip;
pub mod slice;
pub mod stream;
pub mod zero_copy;

use crate::contender::Case;
use crate::memory;
use crate::rooms::Scale;

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = item::cases(scale);
    cases.extend(stream::cases(scale));
    cases.extend(slice::cases());
    cases.extend(zero_copy::cases());
    cases.extend(record::cases());
    cases.extend(round_trip::cases());
    cases.extend(paced::cases());
    cases.extend(one_core::cases());
    cases.extend(memory::cases("spsc"));
    cases
}
