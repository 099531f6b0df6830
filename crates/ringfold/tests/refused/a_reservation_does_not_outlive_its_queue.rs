fn main() {
    let mut queue = ringfold::Queue::<u8>::with_capacity(2).unwrap();
    let slots = queue.reserve(1).unwrap();
    drop(queue);
    println!("{}", slots.commit());
}
