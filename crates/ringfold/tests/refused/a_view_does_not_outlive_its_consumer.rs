fn main() {
    let (_producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(1).unwrap();
    let view = consumer.peek();
    drop(consumer);
    println!("{}", view.len());
}
