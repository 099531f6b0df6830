//! Lanes against a row of `VecDeque`s, with random verbs on one thread.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use proptest::prelude::*;
use ringfold::{
    error::{PopTimeoutError, TryPopError},
    mpsc::lanes::{Consumer, Producer},
};

use crate::lanes_turns::made;

const CAPACITY: usize = 5;

struct Model {
    producers: Vec<Producer<u32>>,
    consumer: Consumer<u32>,
    /// What is in each lane, by number; also in lanes whose producer has left.
    lanes: BTreeMap<u64, VecDeque<u32>>,
    next: u32,
}

impl Model {
    fn push(&mut self, at: usize, count: usize) {
        let Some(producer) = self.producers.get_mut(at) else { return };
        let lane = self.lanes.entry(producer.lane()).or_default();
        let items: Vec<u32> = (self.next..).take(count).collect();
        let pushed = match count % 3 {
            0 => producer.try_push_slice(&items),
            1 => items.iter().take_while(|item| producer.try_push(**item).is_ok()).count(),
            _ => match producer.try_claim(count) {
                Some(mut claim) => {
                    claim.write_slice(&items);
                    claim.commit()
                }
                None => 0,
            },
        };
        if count % 3 != 2 {
            assert_eq!(pushed, count.min(CAPACITY - lane.len()));
        }
        lane.extend(&items[..pushed]);
        self.next += count as u32;
    }

    fn expect(&mut self, lane: u64, item: u32) {
        assert_eq!(self.lanes.get_mut(&lane).and_then(VecDeque::pop_front), Some(item), "lane {lane}");
    }

    fn left(&self) -> usize {
        self.lanes.values().map(VecDeque::len).sum()
    }

    fn why_empty(&self) -> TryPopError {
        assert_eq!(self.left(), 0, "there was something");
        if self.producers.is_empty() { TryPopError::Closed } else { TryPopError::Empty }
    }

    fn pop(&mut self, waits: bool) {
        let popped = if waits {
            self.consumer.pop_timeout(Duration::ZERO).map_err(|error| match error {
                PopTimeoutError::Closed => TryPopError::Closed,
                PopTimeoutError::Timeout => TryPopError::Empty,
            })
        } else {
            self.consumer.try_pop()
        };
        match popped {
            Ok(item) => self.expect(self.consumer.lane(), item),
            Err(error) => assert_eq!(error, self.why_empty()),
        }
    }

    fn peek(&mut self, consume: usize) {
        let left = self.left();
        let view = self.consumer.peek();
        assert_eq!(view.is_empty(), left == 0);
        let (lane, items) = (view.lane(), view.to_vec());
        if !items.is_empty() {
            assert_eq!(items, self.lanes[&lane].iter().copied().collect::<Vec<_>>(), "all of lane {lane}");
        }
        let consumed = match consume % 2 {
            0 => view.consume(consume),
            _ => view.into_iter().take(consume).count(),
        };
        assert_eq!(consumed, consume.min(items.len()));
        items[..consumed].iter().for_each(|item| self.expect(lane, *item));
    }

    fn bulk(&mut self, size: usize) {
        let left = self.left();
        let mut got = vec![0; size];
        let count = self.consumer.pop_slice(&mut got);
        assert_eq!(count, size.min(left));
        self.expect_in_order(&got[..count]);
    }

    fn drain(&mut self) {
        let left = self.left();
        let mut got = Vec::new();
        assert_eq!(self.consumer.drain(|item| got.push(item)), left);
        self.expect_in_order(&got);
    }

    /// Each item is unique, so the lane that it came from is the one that has it in front.
    fn expect_in_order(&mut self, items: &[u32]) {
        for item in items {
            let lane = self.lanes.iter().find(|(_, lane)| lane.front() == Some(item)).map(|(lane, _)| *lane);
            self.expect(lane.expect("an item is in front of its lane"), *item);
        }
    }

    fn act(&mut self, verb: u8, a: usize, b: usize) {
        match verb {
            0..=5 => self.push(a % (self.producers.len() + 1), b),
            6..=8 => self.pop(false),
            9 => self.pop(true),
            10 => self.peek(b),
            11 => self.bulk(b),
            12 if b == 0 => self.drain(),
            13 if self.producers.len() < 70 => {
                let from = self.producers.get(a).map(Producer::join);
                self.producers.push(from.unwrap_or_else(|| self.consumer.join()).unwrap());
            }
            14 if a < self.producers.len() => drop(self.producers.swap_remove(a)),
            _ => assert_eq!(self.consumer.len(), self.left()),
        }
        assert_eq!(self.consumer.is_closed(), self.producers.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn lanes_do_what_a_row_of_queues_does(
        n in prop_oneof![0usize..4, 60usize..70],
        verbs in prop::collection::vec((0u8..16, 0usize..70, 0usize..9), 1..400),
    ) {
        let (producers, consumer) = made(n, CAPACITY);
        let mut model = Model { producers, consumer, lanes: BTreeMap::new(), next: 0 };
        for (verb, a, b) in verbs {
            model.act(verb, a, b);
        }
        model.drain();
    }
}
