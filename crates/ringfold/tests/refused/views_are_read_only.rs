fn main() {
    // Writing through one half and reading through the other takes a mutable view: there is none.
    let (_producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(2).unwrap();
    let mut view = consumer.peek();
    view[0] = 1;
}
