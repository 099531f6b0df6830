fn main() {
    let mut ring = ringfold::Ring::<u8>::with_capacity(2).unwrap();
    ring.spare()[0].write(1);
    ring.commit(1);

    let mut queue = ringfold::Queue::<u8>::with_capacity(2).unwrap();
    let mut slots = queue.reserve(1).unwrap();
    slots[0].write(1);
    slots.commit_first(1);
}
