//! Claims and views that wait for a limited time.

use std::{thread, time::Duration};

use ringfold::{
    broadcast,
    error::{ClaimTimeoutError, PeekTimeoutError},
    mpsc, spsc,
};

use crate::memory::memory;

const SOON: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60);

/// What holds for the producers and consumers of both rooms, which spell it alike.
macro_rules! waits_and_gives_up {
    ($room:ident) => {
        let (mut producer, mut consumer) = $room::builder::<u32>(3).memory(memory()).build().unwrap();
        let too_large = ClaimTimeoutError::TooLarge { requested: 4, capacity: 3 };
        assert_eq!(producer.claim_timeout(4, SOON).err(), Some(too_large));
        assert_eq!(
            consumer.peek_at_least_timeout(1, SOON).err(),
            Some(PeekTimeoutError::Timeout { available: 0 })
        );
        producer.push_slice(&[1, 2]).unwrap();
        assert_eq!(producer.claim_timeout(2, SOON).err(), Some(ClaimTimeoutError::Timeout));
        assert_eq!(producer.claim_timeout(1, Duration::ZERO).map(|claim| claim.capacity()), Ok(1));
        let too_large = PeekTimeoutError::TooLarge { requested: 4, capacity: 3 };
        assert_eq!(consumer.peek_at_least_timeout(4, SOON).err(), Some(too_large));
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut claim = producer.claim_timeout(3, LONG).expect("the reader makes room");
                claim.fill(|i| 10 + i as u32);
                claim.commit();
            });
            let mut seen = Vec::new();
            while seen.len() < 5 {
                let view = consumer.peek_at_least_timeout(1, LONG).expect("the writer goes on");
                seen.extend_from_slice(&view);
                view.consume(usize::MAX);
            }
            // The claim of the first line was given back: a tombstone in mpsc, nothing in spsc.
            assert_eq!(seen, [1, 2, 10, 11, 12]);
        });
        producer.push(7).unwrap();
        drop(producer);
        assert_eq!(consumer.peek_at_least_timeout(1, LONG).map(|view| view.to_vec()), Ok(vec![7]));
        assert_eq!(
            consumer.peek_at_least_timeout(2, LONG).err(),
            Some(PeekTimeoutError::Closed { available: 1 })
        );
        let (mut producer, consumer) = $room::builder::<u32>(3).memory(memory()).build().unwrap();
        drop(consumer);
        assert_eq!(producer.claim_timeout(1, LONG).err(), Some(ClaimTimeoutError::Closed));
    };
}

#[test]
fn spsc_waits_and_gives_up() {
    waits_and_gives_up!(spsc);
}

#[test]
fn mpsc_waits_and_gives_up() {
    waits_and_gives_up!(mpsc);
}

#[test]
fn broadcast_waits_and_gives_up() {
    let mut producer = broadcast::builder::<u32>(3).memory(memory()).build().unwrap();
    let mut reader = producer.subscribe();
    producer.publish(|event| *event = 1).unwrap();
    assert_eq!(producer.claim_timeout(3, SOON).err(), Some(ClaimTimeoutError::Timeout));
    let too_large = ClaimTimeoutError::TooLarge { requested: 4, capacity: 3 };
    assert_eq!(producer.claim_timeout(4, SOON).err(), Some(too_large));
    thread::scope(|scope| {
        scope.spawn(|| producer.claim_timeout(3, LONG).expect("the reader makes room").commit());
        assert_eq!(reader.recv().map(|events| events[0]), Ok(1));
    });
    assert_eq!(reader.poll().len(), 3);
    drop(reader);
    assert_eq!(producer.claim_timeout(1, LONG).err(), Some(ClaimTimeoutError::Closed));
}
