//! Many threads: batches, overwriting and panics, and still every item once.

use std::thread;

use ringfold::mpmc;

#[test]
fn batches_and_single_items_mix() {
    let (producer, consumer) = mpmc::with_capacity(100).unwrap();
    let (producers, count) = (3_u64, 30_000_u64);
    thread::scope(|scope| {
        for number in 0..producers {
            let producer = producer.clone();
            scope.spawn(move || {
                let items: Vec<u64> = (0..count).map(|i| number << 32 | i).collect();
                for run in items.chunks(37) {
                    match run[0] % 3 {
                        0 => producer.push_slice(run).unwrap(),
                        1 => run.iter().for_each(|item| producer.push(*item).unwrap()),
                        _ => {
                            let pushed = producer.try_push_slice(run);
                            producer.push_slice(&run[pushed..]).unwrap();
                        }
                    }
                }
            });
        }
        drop(producer);
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| read_in_batches(&consumer, producers))).collect();
        let sums = readers.into_iter().map(|reader| reader.join().unwrap());
        let (items, sum) = sums.fold((0, 0), |(items, sum), (more, other)| (items + more, sum + other));
        assert_eq!((items, sum), (producers * count, producers * (count * (count - 1) / 2)));
    });
}

/// How many items and the sum of their numbers; in the order of each producer.
fn read_in_batches(consumer: &mpmc::Consumer<u64>, producers: u64) -> (u64, u64) {
    let mut next = vec![0; producers as usize];
    let (mut items, mut sum) = (0, 0);
    let mut note = |item: u64| {
        let (producer, number) = ((item >> 32) as usize, item & u64::from(u32::MAX));
        assert!(number >= next[producer], "{number} after {}", next[producer]);
        next[producer] = number + 1;
        (items, sum) = (items + 1, sum + number);
    };
    let mut target = [0; 50];
    loop {
        let count = consumer.pop_slice(&mut target);
        target[..count].iter().for_each(|item| note(*item));
        consumer.drain(&mut note);
        match consumer.pop() {
            Ok(item) => note(item),
            Err(_) => break,
        }
    }
    (items, sum)
}

#[test]
fn what_is_overwritten_under_load_is_somewhere_exactly_once() {
    for capacity in [1, 2, 50] {
        let (producer, consumer) = mpmc::with_capacity(capacity).unwrap();
        let (threads, count) = (3_u64, 20_000_u64);
        let mut all: Vec<u64> = thread::scope(|scope| {
            let writers: Vec<_> = (0..threads)
                .map(|number| {
                    let producer = producer.clone();
                    let items = number * count..(number + 1) * count;
                    scope.spawn(move || {
                        items.filter_map(|item| producer.push_overwrite(item).unwrap()).collect()
                    })
                })
                .collect();
            drop(producer);
            let reader = scope.spawn(|| consumer.iter().collect());
            let evicted = writers.into_iter().map(|writer| writer.join().unwrap());
            let mut lists: Vec<Vec<u64>> = evicted.collect();
            lists.push(reader.join().unwrap());
            lists.concat()
        });
        all.sort_unstable();
        assert!(all.into_iter().eq(0..threads * count), "capacity {capacity}");
    }
}

#[test]
fn a_thread_that_panics_leaves_the_ring_to_the_others() {
    let (producer, consumer) = mpmc::with_capacity(4).unwrap();
    let writers: Vec<_> = (0..6_u64)
        .map(|number| {
            let producer = producer.clone();
            thread::spawn(move || {
                for i in 0..1000 {
                    assert!(number % 2 == 0 || i < 500, "enough");
                    producer.push(i).unwrap();
                }
            })
        })
        .collect();
    drop(producer);
    let readers: Vec<_> = (0..4)
        .map(|number| {
            let consumer = consumer.clone();
            thread::spawn(move || {
                let mut popped = 0;
                for _ in consumer.iter() {
                    popped += 1;
                    assert!(number > 0 || popped < 50, "enough");
                }
                popped
            })
        })
        .collect();
    drop(consumer);
    let panicked = writers.into_iter().filter_map(|writer| writer.join().err()).count();
    assert_eq!(panicked, 3);
    let popped: Vec<usize> = readers.into_iter().map(|reader| reader.join().unwrap_or(50)).collect();
    assert_eq!(popped.iter().sum::<usize>(), 3 * 1000 + 3 * 500);
}
