use std::rc::Rc;

fn main() {
    let (producer, consumer) = ringfold::mpmc::with_capacity::<Rc<u8>>(1).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| drop(producer.push(Rc::new(1))));
        scope.spawn(|| drop(consumer.pop()));
    });
}
