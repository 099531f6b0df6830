//! Bad input gets an answer, and loses nothing.

use ringfold::{
    error::{ClaimError, PeekError},
    memory::Memory,
    spsc,
};

use crate::memory::ring;

#[test]
fn the_capacity_is_exactly_what_was_asked_for() {
    for capacity in [1, 2, 3, 5, 63, 64, 65, 1000, 4096, 4097, 100_000] {
        let (mut producer, mut consumer) = ring::<u16>(capacity);
        assert_eq!((producer.capacity(), consumer.capacity()), (capacity, capacity));
        let items = vec![7; capacity + 1];
        assert_eq!(producer.try_push_slice(&items), capacity);
        assert_eq!(producer.try_push_slice(&items), 0);
        assert!(producer.try_push(7).is_err());
        assert_eq!(consumer.peek().len(), capacity);
    }
}

#[test]
fn impossible_capacities_are_refused_in_words() {
    for (error, word) in [
        (spsc::with_capacity::<u8>(0).unwrap_err(), "at least 1"),
        (spsc::with_capacity::<()>(0).unwrap_err(), "at least 1"),
        (spsc::with_capacity::<u64>(usize::MAX).unwrap_err(), "address space"),
        (spsc::with_capacity::<u64>(usize::MAX / 8).unwrap_err(), "address space"),
        (spsc::with_capacity::<()>(usize::MAX).unwrap_err(), "isize::MAX"),
    ] {
        assert!(error.is_invalid(), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn more_memory_than_there_is_is_an_error_and_not_a_crash() {
    for memory in [Memory::Auto, Memory::Mirror, Memory::Soft] {
        let error = spsc::builder::<u8>(1 << 50).memory(memory).build().unwrap_err();
        assert!(error.is_out_of_memory() || error.is_invalid() || error.is_limit(), "{memory:?}: {error}");
    }
}

#[test]
fn items_aligned_beyond_a_page_are_refused_in_words() {
    #[repr(align(1048576))]
    struct Aligned(#[expect(dead_code)] u8);
    let error = spsc::builder::<Aligned>(1).memory(crate::memory::memory()).build().err();
    // A mapping of 2 MiB may happen to lie right, and then there is nothing to refuse.
    if let Some(error) = error {
        assert!(error.is_invalid() && error.to_string().contains("aligned to 1048576"), "{error}");
    }
    #[repr(align(4096))]
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Page(u64);
    let (mut producer, mut consumer) = ring(3);
    for i in 0..10 {
        producer.push(Page(i)).unwrap();
        assert_eq!(consumer.peek()[0], Page(i));
        assert_eq!(consumer.pop(), Ok(Page(i)));
    }
}

#[test]
fn asking_for_more_than_the_ring_has_is_told_so() {
    let (mut producer, mut consumer) = ring::<u8>(4);
    assert_eq!(producer.claim(5).err(), Some(ClaimError::TooLarge { requested: 5, capacity: 4 }));
    assert!(producer.try_claim(5).is_none());
    assert!(producer.try_claim(usize::MAX).is_none());
    assert_eq!(producer.claim_up_to(usize::MAX).unwrap().len(), 4);
    assert_eq!(consumer.peek_at_least(5).err(), Some(PeekError::TooLarge { requested: 5, capacity: 4 }));
    assert_eq!(consumer.peek().consume(usize::MAX), 0);
}

#[test]
fn asking_for_nothing_is_granted_at_once() {
    let (mut producer, mut consumer) = ring::<u8>(1);
    producer.push(1).unwrap();
    assert_eq!(producer.claim(0).unwrap().commit(), 0);
    assert_eq!(producer.claim_up_to(0).unwrap().commit(), 0);
    assert_eq!(producer.push_slice(&[]), Ok(()));
    assert_eq!(consumer.pop_slice(&mut []), 0);
    assert_eq!(consumer.pop(), Ok(1));
    assert_eq!(consumer.peek_at_least(0).unwrap().len(), 0);
}

#[test]
fn stats_tell_what_happened() {
    let (mut producer, mut consumer) = ring::<u8>(2);
    consumer.try_pop().unwrap_err();
    producer.try_push_slice(&[1, 2]);
    producer.try_push(3).unwrap_err();
    producer.try_push(3).unwrap_err();
    consumer.try_pop().unwrap();
    let stats = producer.stats();
    assert_eq!((stats.pushed, stats.popped, stats.depth()), (2, 1, 1));
    assert_eq!((stats.times_full, stats.times_empty), (2, 1));
    assert_eq!(stats, consumer.stats());
}

#[test]
fn stats_do_not_count_what_found_room_or_items() {
    let (mut producer, mut consumer) = ring::<u8>(4);
    for i in 0..40 {
        match i % 4 {
            0 => producer.push(i).unwrap(),
            1 => producer.push_slice(&[i]).unwrap(),
            2 => assert_eq!(producer.claim(1).unwrap().write_slice(&[i]), 1),
            _ => assert_eq!(producer.push_iter([i]), Ok(1)),
        }
        if i % 4 != 2 {
            assert_eq!(consumer.pop(), Ok(i));
        }
    }
    assert_eq!((consumer.stats().times_full, consumer.stats().times_empty), (0, 0));
}

#[test]
fn stats_count_every_call_that_got_nothing() {
    let (mut producer, mut consumer) = ring::<u8>(1);
    assert_eq!(consumer.pop_slice(&mut [0]), 0);
    assert!(consumer.peek().is_empty());
    assert_eq!(consumer.drain(drop), 0);
    producer.push(1).unwrap();
    assert_eq!(producer.try_push_slice(&[2]), 0);
    assert!(producer.try_claim(1).is_none());
    assert_eq!((consumer.stats().times_full, consumer.stats().times_empty), (2, 3));
}

#[test]
fn a_ring_tells_what_memory_it_got() {
    let (producer, consumer) = ring::<u64>(1000);
    let info = producer.memory().unwrap();
    assert!(info.bytes >= 8000 && consumer.memory().unwrap().bytes == info.bytes);
    assert!(ring::<()>(1000).0.memory().is_none());
}

#[test]
fn what_was_written_into_a_claim_can_be_changed_and_committed_in_part() {
    let (mut producer, mut consumer) = ring::<u8>(8);
    let mut claim = producer.try_claim(6).unwrap();
    assert_eq!(claim.written_mut(), [0u8; 0]);
    claim.write_slice(b"abcd");
    claim.written_mut()[1] = b'B';
    assert_eq!(claim.commit_up_to(3), 3);
    assert_eq!(&*consumer.peek(), b"aBc");
    let mut claim = producer.try_claim(2).unwrap();
    claim.write_slice(b"de");
    assert_eq!(claim.commit_up_to(usize::MAX), 2);
    assert_eq!(&*consumer.peek(), b"aBcde");
}
