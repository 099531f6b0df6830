fn main() {
    let mut queue = ringfold::Queue::<u8>::with_capacity(2).unwrap();
    let mut slots = queue.reserve(1).unwrap();
    let slot = &mut slots[0];
    slots.commit();
    slot.write(1);
}
