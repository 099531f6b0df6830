//! Ping-pong over two rings with one reader each, against the bare exchange of cache lines.

use crate::contender::Case;
use crate::rivals::broadcast::two_rings as rivals;
use crate::spsc::payload::Item;
use crate::spsc::round_trip;

/// One case: a word.
pub fn case() -> Case {
    round_trip::case::<Item<1>>("broadcast", rivals::everybody::<Item<1>>)
}
