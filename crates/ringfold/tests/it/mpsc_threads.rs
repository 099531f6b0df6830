//! Many threads, real time, random verbs and delays; what came out is checked against what each thread remembers.
//!
//! `RINGFOLD_TEST_EFFORT` makes the runs so many times longer. The seed of a run is printed when it fails; `RINGFOLD_TEST_SEED` sets it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use ringfold::{
    WaitStrategy,
    error::{PeekError, PopTimeoutError, TryPopError},
    mpsc::{self, Consumer, Producer},
};

use crate::memory::memory;

/// Twelve bytes, so that items lie across the seam: who pushed it, its number there, and a checksum.
type Item = [u32; 3];

fn item(producer: u32, number: u32) -> Item {
    [producer, number, checksum(producer, number)]
}

fn checksum(producer: u32, number: u32) -> u32 {
    (producer ^ 0x9e37_79b9).wrapping_mul(0x85eb_ca6b) ^ number.wrapping_mul(0xc2b2_ae35)
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Random numbers, good enough for a test.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    /// Mostly none.
    fn delay(&mut self) {
        match self.below(64) {
            0 => thread::sleep(Duration::from_micros(self.below(60) as u64)),
            1..8 => thread::yield_now(),
            8..16 => (0..self.below(100)).for_each(|_| std::hint::spin_loop()),
            _ => {}
        }
    }
}

/// Gives no two threads the same tick.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn tick(&self) -> u64 {
        self.0.fetch_add(1, SeqCst)
    }
}

/// When the push of an item began and when it was over.
#[derive(Clone, Copy)]
struct Push {
    began: u64,
    ended: u64,
}

/// A producer with what it remembers.
struct Writer {
    name: u32,
    producer: Producer<Item>,
    pushes: Vec<Push>,
    clock: Clock,
    dice: Dice,
}

impl Writer {
    fn next(&self, ahead: usize) -> Item {
        item(self.name, (self.pushes.len() + ahead) as u32)
    }

    fn run(&mut self, most: usize) -> usize {
        1 + self.dice.below(most.max(1))
    }

    /// One call of some verb.
    fn act(&mut self) {
        self.dice.delay();
        let verb = self.dice.below(10);
        let most = self.producer.capacity().div_ceil(2).min(40);
        let count = self.run(most);
        let items: Vec<Item> = (0..count).map(|i| self.next(i)).collect();
        let began = self.clock.tick();
        let pushed = match verb {
            0 => usize::from(self.producer.try_push(items[0]).is_ok()),
            1 => usize::from(self.producer.push_timeout(items[0], Duration::from_micros(50)).is_ok()),
            2 => self.producer.try_push_slice(&items),
            3 => self.producer.push_slice(&items).map_or(0, |()| count),
            4 => self.producer.push_iter(items.iter().copied()).unwrap_or(0),
            5 => self.claim(&items, count),
            6 => {
                let commit = self.dice.below(count + 1);
                self.claim(&items, commit)
            }
            7 => self.claim_up_to(&items),
            8 => self.die_in_the_midst(&items),
            _ => self.producer.push(items[0]).map_or(0, |()| 1),
        };
        let ended = self.clock.tick();
        self.pushes.extend(std::iter::repeat_n(Push { began, ended }, pushed));
    }

    fn claim(&mut self, items: &[Item], commit: usize) -> usize {
        let Ok(mut claim) = self.producer.claim(items.len()) else { return 0 };
        self.dice.delay();
        claim.write_slice(items);
        claim.commit_up_to(commit)
    }

    fn claim_up_to(&mut self, items: &[Item]) -> usize {
        let Ok(mut claim) = self.producer.claim_up_to(items.len()) else { return 0 };
        self.dice.delay();
        claim.fill(|i| items[i]);
        claim.commit()
    }

    /// A claim whose filling panics.
    fn die_in_the_midst(&mut self, items: &[Item]) -> usize {
        let Self { producer, dice, .. } = self;
        let Some(mut claim) = producer.try_claim(items.len()) else { return 0 };
        let fatal = dice.below(items.len());
        // Not `panic!`, which would fill the screen.
        let died = catch_unwind(AssertUnwindSafe(move || {
            claim.fill(|i| if i == fatal { resume_unwind(Box::new("fatal")) } else { items[i] });
        }));
        assert!(died.is_err());
        0
    }
}

/// The consumer with what it has seen.
struct Reader {
    consumer: Consumer<Item>,
    seen: Vec<Item>,
    dice: Dice,
}

impl Reader {
    /// One call of some verb; false at the end.
    fn act(&mut self) -> bool {
        self.dice.delay();
        let Self { consumer, seen, dice } = self;
        let some = 1 + dice.below(40);
        match dice.below(8) {
            0 => match consumer.try_pop() {
                Ok(item) => seen.push(item),
                Err(TryPopError::Closed) => return false,
                Err(TryPopError::Empty) => thread::yield_now(),
            },
            1 => match consumer.pop_timeout(Duration::from_micros(50)) {
                Ok(item) => seen.push(item),
                Err(PopTimeoutError::Closed) => return false,
                Err(PopTimeoutError::Timeout) => {}
            },
            2 => {
                let mut items = vec![[0; 3]; some];
                let count = consumer.pop_slice(&mut items);
                seen.extend_from_slice(&items[..count]);
            }
            3 => {
                let view = consumer.peek();
                let count = some.min(view.len());
                seen.extend_from_slice(&view[..count]);
                view.consume(count);
            }
            4 => {
                let wanted = some.min(consumer.capacity().div_ceil(2));
                match consumer.peek_at_least(wanted) {
                    Ok(view) => {
                        assert!(view.len() >= wanted);
                        seen.extend_from_slice(&view);
                        view.consume(usize::MAX);
                    }
                    Err(PeekError::Closed { available }) => assert!(available < wanted),
                    Err(PeekError::TooLarge { .. }) => unreachable!("half the ring is not too large"),
                }
            }
            5 => seen.extend(consumer.peek().into_iter().take(some)),
            6 => {
                consumer.drain(|item| seen.push(item));
            }
            _ => match consumer.pop() {
                Ok(item) => seen.push(item),
                Err(_) => return false,
            },
        }
        true
    }
}

/// What is wrong with the order in which items came out, if anything.
fn complaint(seen: &[Item], pushes: &[Vec<Push>]) -> Option<String> {
    let mut next = vec![0; pushes.len()];
    for (at, &[producer, number, sum]) in seen.iter().enumerate() {
        if sum != checksum(producer, number) {
            return Some(format!("item {at} is torn: {producer}, {number}, {sum}"));
        }
        if next[producer as usize] != number {
            return Some(format!("producer {producer}: {number} instead of {}", next[producer as usize]));
        }
        next[producer as usize] += 1;
    }
    let pushed: Vec<u32> = pushes.iter().map(|pushes| pushes.len() as u32).collect();
    if next != pushed {
        return Some(format!("pushed {pushed:?}, popped {next:?}"));
    }
    // Nothing that comes out later may have been in before an earlier one's push began.
    let mut first_end = u64::MAX;
    for &[producer, number, _] in seen.iter().rev() {
        let Push { began, ended } = pushes[producer as usize][number as usize];
        if first_end < began {
            return Some(format!(
                "item {number} of {producer} came before one whose push was over when its own began"
            ));
        }
        first_end = first_end.min(ended);
    }
    None
}

#[derive(Clone, Copy, Debug)]
struct Run {
    capacity: usize,
    producers: usize,
    calls: usize,
    strategy: WaitStrategy,
    /// Threads die, by a panic in the midst of a claim, after so many calls, and another one takes the place.
    lifetime: usize,
}

fn run(plan: Run) {
    let seed = from_environment("RINGFOLD_TEST_SEED", 0x5eed ^ plan.capacity as u64);
    let calls = plan.calls * from_environment("RINGFOLD_TEST_EFFORT", 1) as usize;
    let (producer, consumer) =
        mpsc::builder(plan.capacity).memory(memory()).wait_strategy(plan.strategy).build().unwrap();
    let clock = Clock::default();
    let lives = calls.div_ceil(plan.lifetime);
    let threads: Vec<_> = (0..plan.producers)
        .map(|thread| {
            let (producer, clock) = (producer.clone(), clock.clone());
            let dice = move |life| {
                Dice(seed.wrapping_add((thread * lives + life) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
            };
            thread::spawn(move || {
                // Each life is a producer of its own, with a clone of its own.
                (0..lives)
                    .map(|life| {
                        one_life(&producer, &clock, (thread * lives + life) as u32, dice(life), plan.lifetime)
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    drop(producer);
    let mut reader = Reader { consumer, seen: Vec::new(), dice: Dice(seed) };
    while reader.act() {}
    let pushes: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    if let Some(complaint) = complaint(&reader.seen, &pushes) {
        panic!("{complaint}; seed {seed}, {plan:?}");
    }
    assert!(
        reader.seen.len() > plan.producers * calls / 8,
        "hardly anything was pushed: {}",
        reader.seen.len()
    );
}

fn one_life(producer: &Producer<Item>, clock: &Clock, name: u32, dice: Dice, calls: usize) -> Vec<Push> {
    let mut writer =
        Writer { name, producer: producer.clone(), pushes: Vec::new(), clock: clock.clone(), dice };
    let thread = thread::spawn(move || {
        let died = catch_unwind(AssertUnwindSafe(|| {
            (0..calls).for_each(|_| writer.act());
            let items = [writer.next(0)];
            if let Ok(mut claim) = writer.producer.claim(1) {
                claim.fill(|_| resume_unwind(Box::new(items)));
            }
        }));
        assert!(died.is_err());
        writer.pushes
    });
    thread.join().unwrap()
}

#[test]
fn every_item_once_and_in_total_order() {
    for (capacity, calls) in [(1, 800), (2, 800), (3, 1000), (16, 2000), (1000, 4000)] {
        run(Run { capacity, producers: 3, calls, strategy: WaitStrategy::Park, lifetime: calls });
    }
}

#[test]
fn whatever_the_strategy() {
    for strategy in [WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Spin] {
        run(Run { capacity: 8, producers: 2, calls: 500, strategy, lifetime: 500 });
    }
}

#[test]
fn threads_that_die_in_the_midst_of_a_claim() {
    run(Run { capacity: 5, producers: 3, calls: 1000, strategy: WaitStrategy::Park, lifetime: 20 });
}

#[test]
fn four_times_more_threads_than_cores() {
    let producers = 4 * thread::available_parallelism().map_or(2, usize::from);
    run(Run { capacity: 7, producers, calls: 400, strategy: WaitStrategy::Park, lifetime: 400 });
}

/// The checker itself: it must find what is wrong.
#[test]
fn a_wrong_history_is_found() {
    let push = |began, ended| Push { began, ended };
    let pushes = [vec![push(0, 1), push(2, 9)], vec![push(3, 4)]];
    let [a, b, c] = [item(0, 0), item(0, 1), item(1, 0)];
    assert_eq!(complaint(&[a, b, c], &pushes), None);
    assert_eq!(complaint(&[a, c, b], &pushes), None);
    assert!(complaint(&[c, a, b], &pushes).unwrap().contains("was over"));
    assert!(complaint(&[b, a, c], &pushes).unwrap().contains("1 instead of 0"));
    assert!(complaint(&[a, b], &pushes).unwrap().contains("popped"));
    assert!(complaint(&[a, a, b, c], &pushes).unwrap().contains("instead"));
    assert!(complaint(&[[0, 0, 0], b, c], &pushes).unwrap().contains("torn"));
}
