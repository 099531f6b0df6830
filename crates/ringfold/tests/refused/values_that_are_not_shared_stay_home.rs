use std::cell::Cell;

fn main() {
    let slab = ringfold::pool::Slab::with_capacity(1).unwrap();
    let value = slab.alloc(Cell::new(1));
    std::thread::spawn(move || drop(value));
}
