fn main() {
    let (mut producer, _consumer) = ringfold::spsc::with_capacity::<u8>(2).unwrap();
    let mut claim = producer.try_claim(1).unwrap();
    claim[0].write(1);
    claim.commit_first(1);
}
