fn main() {
    let mut stream = ringfold::ByteStream::with_capacity(2).unwrap();
    let readable = stream.readable();
    stream.consume(readable.len());
    println!("{readable:?}");
    let writable = stream.writable();
    stream.produce(1);
    writable[0] = 1;
}
