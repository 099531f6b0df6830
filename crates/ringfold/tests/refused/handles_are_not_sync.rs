fn shared<T: Sync>(_: &T) {}

fn main() {
    let (producer, consumer) = ringfold::spsc::with_capacity::<u8>(1).unwrap();
    shared(&producer);
    shared(&consumer);
}
