//! The model of sleeping and waking: whatever barrier there is, no wake-up is lost.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p ringfold-core --test loom -- --nocapture`
#![cfg(loom)]

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::{sync::Arc, thread};
use ringfold_core::{
    cursor::Cursor,
    stats::Stalls,
    wait::{Barrier, Doorbell, WaitStrategy, Waiter},
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
