use std::cell::Cell;

use ringfold::{Queue, Ring, queue, ring};

fn shared<T: Sync>() {}

fn main() {
    shared::<Ring<Cell<u8>>>();
    shared::<ring::Inline<Cell<u8>, 2>>();
    shared::<Queue<Cell<u8>>>();
    shared::<queue::Reservation<'_, Cell<u8>>>();
}
