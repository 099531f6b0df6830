fn main() {
    let mut queue = ringfold::Queue::<u8>::with_capacity(2).unwrap();
    let slots = queue.reserve(1).unwrap();
    println!("{}", queue.peek().len());
    let others = queue.reserve(1).unwrap();
    println!("{} {}", slots.commit(), others.commit());
}
