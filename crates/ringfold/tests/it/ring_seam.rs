//! A hardware mirror in the hands of an optimising compiler, which knows nothing of it: these fail in a release build if
//! `Run::fold` does not tell the compiler that a ring has moved on.

use std::hint::black_box;

use ringfold::{Ring, memory::Memory};

/// Two of them are a period.
type HalfPage = [u64; 256];

/// The bytes at the start of the memory are written through their first address, then through their second, then through the
/// first again. The stores go to different addresses, so a compiler that thinks them different bytes is free to
/// change their order: it keeps all but the last round's in registers and stores them in an order of its own.
#[inline(never)]
fn rounds(ring: &mut Ring<HalfPage>, rounds: u64) {
    assert!(ring.capacity() == 2);
    ring.clear();
    push(ring, 7);
    for n in 0..rounds {
        ring.consume(1);
        push(ring, 5 * n); // at 0
        push(ring, n); // in the middle
        ring.consume(1);
        push(ring, ring[0][0] + n); // at the seam, which is 0 again
        let sum = ring[1][0];
        ring.consume(2);
        push(ring, sum + n); // at 0
    }
}

/// Writes only the first word, so that it can be kept in a register.
#[inline(always)]
fn push(ring: &mut Ring<HalfPage>, word: u64) {
    let Some(cell) = ring.spare().first_mut() else { return };
    // SAFETY: the cell is vacant, and its other words were initialised in the beginning and never since made otherwise.
    unsafe {
        cell.as_mut_ptr().cast::<u64>().write(word);
        ring.commit(1);
    }
}

#[test]
fn stores_through_two_addresses_keep_their_order() {
    for kind in [Memory::Auto, Memory::Soft] {
        let mut ring = Ring::<HalfPage>::builder(2).memory(kind).build().unwrap();
        ring.push_iter([[0; 256]; 2]);
        rounds(&mut ring, black_box(5));
        assert_eq!(black_box(&ring)[0][0], 12);
    }
}
