fn main() {
    let (mut producer, _consumer) = ringfold::spsc::with_capacity::<u8>(2).unwrap();
    let claim = producer.try_claim(1).unwrap();
    let other = producer.try_claim(1).unwrap();
    println!("{} {}", claim.len(), other.len());
}
