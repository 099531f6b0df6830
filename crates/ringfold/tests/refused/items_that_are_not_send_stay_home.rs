use std::rc::Rc;

fn main() {
    let (mut producer, mut consumer) = ringfold::spsc::with_capacity::<Rc<u8>>(1).unwrap();
    std::thread::spawn(move || drop(producer.push(Rc::new(1))));
    std::thread::spawn(move || drop(consumer.pop()));
}
