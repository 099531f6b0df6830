fn main() {
    let (mut producer, _consumer) = ringfold::spsc::with_capacity::<u8>(2).unwrap();
    let mut claim = producer.try_claim(1).unwrap();
    let slot = &mut claim[0];
    claim.commit();
    slot.write(1);
}
