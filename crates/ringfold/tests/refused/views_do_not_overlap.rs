fn main() {
    let (_producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(1).unwrap();
    let view = consumer.peek();
    let other = consumer.peek();
    println!("{} {}", view.len(), other.len());
}
