fn main() {
    let (_producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(1).unwrap();
    let view = consumer.peek();
    let slice: &[u8] = &view;
    view.consume(1);
    println!("{}", slice.len());
}
