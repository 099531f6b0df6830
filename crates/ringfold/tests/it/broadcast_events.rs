//! Events of a fixed size, the emitter over five rings, and pipes.

use std::thread;

use ringfold::{
    broadcast::{self, Class, EmitError, Event, Static, TooLong, TryRecvError, ViewError, Xl, Xs, pipe},
    error::{Closed, TryPushError},
};

#[test]
fn whatever_the_memory_says_data_stays_inside() {
    let mut event = Xs::of(1, b"abc");
    bytemuck::bytes_of_mut(&mut event).fill(0xFF);
    assert_eq!((event.len(), event.data().len(), event.tag()), (64, 64, u32::MAX));
    assert_eq!(bytemuck::bytes_of(&Xs::of(2, b"x")).len(), 128);
    assert_eq!(bytemuck::bytes_of(&Xl::EMPTY).len(), 64 + 16_384);
    assert_eq!(align_of::<Xl>(), 64);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut event = Xs::of(1, b"abc");
    assert_eq!(event.set(2, &[0; 65]), Err(TooLong { len: 65, capacity: 64 }));
    assert_eq!(event, Xs::of(1, b"abc"));
    event.set(2, &[9; 64]).unwrap();
    assert_eq!((event.tag(), event.data()), (2, &[9; 64][..]));
    event.set(3, b"").unwrap();
    assert!(event.is_empty() && event == Xs::new(3, b"").unwrap());
    assert!(Event::<0>::new(1, b"").is_ok() && Event::<0>::new(1, b"x").is_err());
}

#[test]
fn views_are_checked() {
    #[derive(Clone, Copy, bytemuck::AnyBitPattern)]
    #[repr(C, align(128))]
    struct Wide([u8; 128]);

    let event = Event::<128>::new(1, &[0; 128]).unwrap();
    match event.as_pod::<Wide>() {
        // It may happen to lie well.
        Ok(wide) => assert_eq!(wide.0, [0; 128]),
        Err(error) => assert_eq!(error, ViewError::Alignment { wanted: 128 }),
    }
    assert_eq!(event.as_pod::<u32>(), Err(ViewError::Length { len: 128, wanted: 4 }));
    let value = [1.5_f64, -2.0];
    assert_eq!(Xs::from_pod(1, &value).unwrap().as_pod::<[f64; 2]>(), Ok(&value));
}

#[test]
fn large_events_are_copied_whole_out_of_a_static() {
    static RING: Static<Xl, 4, 1> = Static::new(Xl::EMPTY);
    let (mut producer, mut reader) = (RING.producer().unwrap(), RING.subscribe_lossy());
    let watcher = thread::spawn(move || {
        let (mut next, mut seen) = (0, 0);
        loop {
            match reader.try_recv() {
                Ok(event) => {
                    assert!(
                        event.tag() == next as u32 && event.data().iter().all(|&byte| byte == next as u8)
                    );
                    (next, seen) = (next + 1, seen + 1);
                }
                Err(TryRecvError::Lagged { missed }) => next += missed,
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(TryRecvError::Closed) => return (next, seen),
            }
        }
    });
    for i in 0..500_u64 {
        producer.publish(|event| event.set(i as u32, &[i as u8; 16_384]).unwrap());
        if i % 4 == 0 {
            thread::yield_now();
        }
    }
    drop(producer);
    let (next, seen) = watcher.join().unwrap();
    assert!(next == 500 && seen > 0);
}

#[test]
fn every_length_goes_into_the_smallest_class_and_comes_out_whole() {
    let mut emitter = broadcast::emitter().build().unwrap();
    let mut readers = emitter.subscribers().subscribe();
    let actor = thread::spawn(move || {
        let (mut bytes, mut last) = (0, [None; 5]);
        let events = readers.for_each(|event| {
            assert_eq!(event.data.len(), event.tag as usize);
            assert_eq!(Class::for_len(event.data.len()), Some(event.class));
            assert!(event.data.iter().all(|&byte| byte == event.tag as u8));
            assert!(last[event.class as usize] < Some(event.sequence), "in order");
            last[event.class as usize] = Some(event.sequence);
            bytes += event.data.len();
        });
        (events, bytes)
    });
    let lengths: Vec<usize> = (0..400).chain([1024, 1025, 4096, 4097, 16_384]).collect();
    for &len in &lengths {
        let emitted = emitter.emit(len as u32, &vec![len as u8; len]).unwrap();
        assert!(emitted.class.bytes() >= len);
    }
    let too_long = EmitError::TooLong { len: 16_385, capacity: 16_384 };
    assert_eq!(emitter.try_emit(1, &[0; 16_385]), Err(too_long));
    drop(emitter);
    assert_eq!(actor.join().unwrap(), (lengths.len(), lengths.iter().sum()));
}

#[test]
fn several_emitters_and_a_lossy_reader_of_one_class() {
    let emitter = broadcast::emitter().capacity(Class::S, 8).lossy().build_multi().unwrap();
    let mut readers = emitter.subscribers().subscribe();
    let mut lossy = emitter.subscribers().s.subscribe_lossy().unwrap();
    let threads: Vec<_> = (0..3)
        .map(|i| {
            let mut emitter = emitter.clone();
            thread::spawn(move || (0..200).for_each(|_| _ = emitter.emit(i, &[i as u8; 100]).unwrap()))
        })
        .collect();
    drop(emitter);
    let mut counts = [0; 3];
    assert_eq!(readers.for_each(|event| counts[event.tag as usize] += 1), 600);
    assert_eq!(counts, [200; 3]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let mut seen = 0;
    loop {
        match lossy.try_recv() {
            Ok(event) => {
                assert_eq!(event.data(), [event.tag() as u8; 100]);
                seen += 1;
            }
            Err(TryRecvError::Lagged { missed }) => seen += missed,
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    assert_eq!(seen, 600);
}

#[test]
fn a_class_that_cannot_be_had_is_an_error() {
    let error = broadcast::emitter().capacity(Class::L, 0).build().unwrap_err();
    assert!(!error.to_string().is_empty());
}

#[test]
fn a_pipe_closes_in_both_directions_and_loses_nothing() {
    let (mut asks, mut answers) = pipe::<u32, u64>(4).unwrap();
    asks.send(7).unwrap();
    answers.send(49).unwrap();
    drop(answers);
    assert_eq!(asks.recv().map(|batch| batch.to_vec()), Ok(vec![49]), "before it is told");
    assert_eq!(asks.recv().err(), Some(Closed(())));
    assert_eq!(asks.send(8), Err(Closed(8)));
    assert_eq!(asks.try_send(8), Err(TryPushError::Closed(8)));
    assert!(asks.publish(|_| ()).is_err());
}

#[test]
fn actors_play_ping_pong() {
    let (mut one, mut two) = pipe::<u64, u64>(1).unwrap();
    let actor = thread::spawn(move || {
        while let Ok(value) = two.recv_event() {
            if two.send(value + 1).is_err() {
                break;
            }
        }
    });
    let mut value = 0;
    for _ in 0..500 {
        one.send(value).unwrap();
        let answer = one.recv_event().unwrap();
        assert_eq!(answer, value + 1);
        value = answer;
    }
    drop(one);
    actor.join().unwrap();
}
