fn main() {
    // Two halves in one safe slice are what the compiler would miscompile.
    let mirror = ringfold::memory::Mirror::new(4096).unwrap();
    let _: &[u8] = mirror.as_slice();
    let _: &mut [u8] = mirror.as_mut_slice();
    let _: &[u8] = &mirror;
}
