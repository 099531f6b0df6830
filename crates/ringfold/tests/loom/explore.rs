//! Runs a model and counts its executions.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Checks `model` in every interleaving with at most `preemptions` forced switches (`None`: all there
/// are), and fails if that took fewer than `at_least` executions.
pub fn explore(
    name: &str,
    preemptions: Option<usize>,
    at_least: usize,
    model: impl Fn() + Sync + Send + 'static,
) {
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = executions.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 10_000;
    builder.check(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let executions = executions.load(Ordering::Relaxed);
    let bound = preemptions.map_or("exhaustive".into(), |n| format!("at most {n} preemptions"));
    println!("loom: {name}: {executions} executions, {bound}");
    assert!(executions >= at_least, "{name}: {executions} executions prove little; expected {at_least}");
}
