fn lend<'a>(producer: ringfold::mpmc::Producer<&'static str>, short: &'a str) {
    let producer: ringfold::mpmc::Producer<&'a str> = producer;
    drop(producer.push(short));
}

fn main() {
    let (producer, _consumer) = ringfold::mpmc::with_capacity(1).unwrap();
    lend(producer, &String::from("gone soon"));
}
