fn main() {
    let producer = ringfold::broadcast::builder::<u32>(4).build().unwrap();
    let mut reader = producer.subscribe();
    let batch = reader.poll();
    let event = batch.first();
    batch.release(1);
    println!("{event:?}");
}
