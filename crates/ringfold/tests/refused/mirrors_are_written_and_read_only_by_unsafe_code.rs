fn main() {
    // Writing through one half and reading through the other: no safe way leads there.
    let mirror = ringfold::memory::Mirror::new(4096).unwrap();
    mirror.base().write(1);
    mirror.sync(0, 1);
    println!("{}", mirror.base().add(mirror.period()).read());
}
