use std::cell::Cell;

fn main() {
    let cell = Cell::new(1);
    let producer = ringfold::broadcast::builder::<&Cell<u32>>(4).build_with(|| &cell).unwrap();
    let reader = producer.subscribe();
    std::thread::scope(|scope| _ = scope.spawn(move || drop(reader)));
    std::thread::scope(|scope| _ = scope.spawn(move || drop(producer)));
}
