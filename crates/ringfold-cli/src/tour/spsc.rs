//! The stop at `spsc`: one thread to another, item by item.

use std::collections::VecDeque;
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use ringfold::spsc;

use super::stream::{Checker, item, positions};
use super::{Run, Stop, Visit, advantage};
use crate::failure::Failure;

const CAPACITY: usize = 1 << 14;

pub const STOP: Stop = Stop {
    name: "spsc",
    about: "one thread sends numbers to another, through room for 16384 of them.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let runs = vec![ring()?, channel()?, mutex()?];
    let remark = format!("Item by item: {}.", advantage(&runs));
    Ok(Visit { unit: "items", runs, remark })
}

fn ring() -> Result<Run, Failure> {
    let (mut producer, mut consumer) = spsc::with_capacity(CAPACITY)?;
    let mut checker = Checker::new("spsc");
    thread::scope(|scope| {
        let sending = scope.spawn(move || positions().map_while(|at| producer.push(item(at)).ok()).count());
        consumer.iter().for_each(|came| checker.check(came));
        let sent = sending.join().expect("the sending thread does not panic");
        checker.finish("ringfold::spsc", sent as u64)
    })
}

fn channel() -> Result<Run, Failure> {
    let (sender, receiver) = sync_channel(CAPACITY);
    let mut checker = Checker::new("sync_channel");
    thread::scope(|scope| {
        let sending = scope.spawn(move || positions().map_while(|at| sender.send(item(at)).ok()).count());
        receiver.iter().for_each(|came| checker.check(came));
        let sent = sending.join().expect("the sending thread does not panic");
        checker.finish("std sync_channel", sent as u64)
    })
}

/// What many people write first.
struct Shared {
    items: Mutex<(VecDeque<u64>, bool)>,
    changed: Condvar,
}

impl Shared {
    fn push(&self, item: u64) {
        let guard = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |state: &mut (VecDeque<u64>, bool)| state.0.len() == CAPACITY;
        let mut guard = self.changed.wait_while(guard, full).unwrap_or_else(PoisonError::into_inner);
        guard.0.push_back(item);
        self.changed.notify_one();
    }

    fn pop(&self) -> Option<u64> {
        let guard = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = |state: &mut (VecDeque<u64>, bool)| state.0.is_empty() && !state.1;
        let mut guard = self.changed.wait_while(guard, empty).unwrap_or_else(PoisonError::into_inner);
        let item = guard.0.pop_front();
        self.changed.notify_one();
        item
    }

    fn close(&self) {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.changed.notify_all();
    }
}

fn mutex() -> Result<Run, Failure> {
    let items = Mutex::new((VecDeque::with_capacity(CAPACITY), false));
    let shared = Shared { items, changed: Condvar::new() };
    let mut checker = Checker::new("Mutex<VecDeque>");
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let sent = positions().map(|at| shared.push(item(at))).count();
            shared.close();
            sent
        });
        while let Some(came) = shared.pop() {
            checker.check(came);
        }
        let sent = sending.join().expect("the sending thread does not panic");
        checker.finish("Mutex<VecDeque>", sent as u64)
    })
}
