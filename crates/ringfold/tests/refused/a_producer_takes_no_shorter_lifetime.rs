use ringfold::spsc::{self, Producer};

fn push_local(producer: &mut Producer<&'static str>) {
    let local = String::from("gone too soon");
    let _ = producer.try_push(&local);
}

fn shorten<'a>(producer: Producer<&'static str>) -> Producer<&'a str> {
    producer
}

fn main() {
    let (mut producer, _consumer) = spsc::with_capacity::<&'static str>(1).unwrap();
    push_local(&mut producer);
    shorten(producer);
}
