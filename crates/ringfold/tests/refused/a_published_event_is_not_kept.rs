fn main() {
    let mut producer = ringfold::broadcast::builder::<u32>(4).build().unwrap();
    let mut kept: Vec<&mut u32> = Vec::new();
    producer.publish_batch(2, |events| kept.extend(events)).unwrap();
    producer.publish(|event| kept.push(event)).unwrap();
    *kept[0] = 1;
}
