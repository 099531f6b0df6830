use std::rc::Rc;

use ringfold::{Queue, Ring, queue, ring};

fn travels<T: Send>() {}

fn main() {
    travels::<Ring<Rc<u8>>>();
    travels::<ring::Inline<Rc<u8>, 2>>();
    travels::<Queue<Rc<u8>>>();
    travels::<queue::Reservation<'_, Rc<u8>>>();
}
