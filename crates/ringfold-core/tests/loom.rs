//! The models of sleeping and waking: whatever barrier there is, no wake-up is lost.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p ringfold-core --test loom -- --nocapture`
#![cfg(loom)]

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::{
    sync::{Arc, atomic::AtomicU64},
    thread,
};
use ringfold_core::{
    cursor::Cursor,
    stats::Stalls,
    wait::{Barrier, Doorbell, Lobby, Seat, WaitStrategy, Waiter},
};

/// One side sleeps twice, until each of two publications; loom reports a deadlock if it is not woken.
fn sleeper_and_worker(barrier: Barrier, name: &str) {
    static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);
    EXECUTIONS.store(0, Ordering::Relaxed);
    loom::model(move || {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        let place = Arc::new((Cursor::new(0), Doorbell::new()));
        let worker = {
            let place = place.clone();
            thread::spawn(move || {
                for sequence in 1..=2 {
                    place.0.publish(sequence);
                    place.1.ring(barrier);
                }
            })
        };
        let mut waiter = Waiter::new(WaitStrategy::Park, barrier);
        for sequence in 1..=2 {
            assert!(waiter.wait(&place.1, &Stalls::new(), None, || place.0.observe() >= sequence));
        }
        worker.join().unwrap();
    });
    let executions = EXECUTIONS.load(Ordering::Relaxed);
    println!("loom: {name}: {executions} executions, exhaustive");
    assert!(executions >= 50, "{executions} executions prove little");
}

// One test, because the executions are counted in one place.
#[test]
fn no_wake_up_is_lost_whatever_the_barrier() {
    sleeper_and_worker(Barrier::new(None), "park/wake with a fence on both sides");
    sleeper_and_worker(Barrier::new(Some(|| ())), "park/wake with the sleeper paying for both");
}

/// Free places, of which several sleepers want some.
struct Places {
    free: AtomicU64,
    lobby: Lobby,
    barrier: Barrier,
}

impl Places {
    fn free(&self) -> u64 {
        self.free.load(Ordering::Relaxed)
    }

    fn try_take(&self, count: u64) -> bool {
        let taken = |free: u64| free.checked_sub(count);
        self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    fn take(&self, count: u64) {
        let mut waiter = Waiter::new(WaitStrategy::Park, self.barrier);
        let seat = Seat::new(&self.lobby, count, || self.free());
        while !self.try_take(count) {
            assert!(waiter.wait(&seat, &Stalls::new(), None, || self.free() >= count));
        }
    }

    fn give(&self, count: u64) {
        self.free.fetch_add(count, Ordering::Relaxed);
        self.lobby.ring(self.barrier, || self.free());
    }
}

/// Sleepers that want so many places each, and keep them; the places are given in such steps. Loom reports a deadlock if
/// somebody sleeps on although there is room.
fn sleepers(barrier: Barrier, preemptions: usize, wanted: [u64; 2], given: &'static [u64], name: &str) {
    let executions = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = executions.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        let places = Arc::new(Places { free: AtomicU64::new(0), lobby: Lobby::new(), barrier });
        let sleepers = wanted.map(|count| {
            let places = places.clone();
            thread::spawn(move || places.take(count))
        });
        given.iter().for_each(|&count| places.give(count));
        sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
        assert_eq!(places.free(), 0);
    });
    let executions = executions.load(Ordering::Relaxed);
    println!("loom: {name}: {executions} executions, at most {preemptions} preemptions");
    assert!(executions >= 500, "{executions} executions prove little");
}

#[test]
fn all_who_sleep_in_the_lobby_are_admitted() {
    for barrier in [Barrier::new(None), Barrier::new(Some(|| ()))] {
        sleepers(barrier, 2, [1, 1], &[1, 1], "lobby: two sleepers, one place after the other");
        sleepers(barrier, 2, [1, 1], &[2], "lobby: two sleepers, two places at once");
        sleepers(barrier, 2, [2, 1], &[1, 2], "lobby: two sleepers who want different numbers of places");
    }
}

#[test]
fn all_who_sleep_in_the_lobby_are_dismissed() {
    loom::model(|| {
        let places =
            Arc::new(Places { free: AtomicU64::new(0), lobby: Lobby::new(), barrier: Barrier::new(None) });
        let closed = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let sleeper = {
            let (places, closed) = (places.clone(), closed.clone());
            thread::spawn(move || {
                let seat = Seat::new(&places.lobby, 1, || places.free());
                let gone = || closed.load(Ordering::Relaxed);
                Waiter::new(WaitStrategy::Park, places.barrier).wait(&seat, &Stalls::new(), None, gone)
            })
        };
        closed.store(true, Ordering::Relaxed);
        places.lobby.dismiss(places.barrier);
        assert!(sleeper.join().unwrap());
    });
}
