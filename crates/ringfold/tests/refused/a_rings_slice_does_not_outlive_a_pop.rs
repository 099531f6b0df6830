fn main() {
    let mut ring = ringfold::Ring::with_capacity(2).unwrap();
    ring.push(1).unwrap();
    let slice = ring.as_slice();
    ring.pop();
    println!("{}", slice.len());
}
