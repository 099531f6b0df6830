use std::cell::Cell;

fn main() {
    let slab = ringfold::pool::Slab::with_capacity(1).unwrap();
    let value = slab.alloc(Cell::new(1));
    let weak = value.downgrade();
    std::thread::spawn(move || drop(value));
    std::thread::spawn(move || drop(weak));
    std::thread::spawn(move || drop(slab));
}
