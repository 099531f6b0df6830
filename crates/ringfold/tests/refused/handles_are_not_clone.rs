fn main() {
    let (producer, consumer) = ringfold::spsc::with_capacity::<u8>(1).unwrap();
    let _ = producer.clone();
    let _ = consumer.clone();
}
