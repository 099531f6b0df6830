fn main() {
    let pool = ringfold::pool::Pool::new(ringfold::pool::Config::mobile()).unwrap();
    let mut event = pool.alloc(b"x", 0).unwrap();
    let bytes = event.get_mut().unwrap();
    let other = event.clone();
    bytes[0] = other[0];
}
