//! Live progress: a bar for each actor, from the figures of its ring.

use std::thread;
use std::time::Duration;

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressStyle};
use ringfold::Watch;
use ringfold::pool::Pool;

const TICK: Duration = Duration::from_millis(100);

/// A bar for each actor. Hidden where standard error is no terminal.
pub struct Board {
    bars: MultiProgress,
    actors: Vec<(ProgressBar, Watch)>,
    pool: ProgressBar,
}

impl Board {
    pub fn new(events: u64, actors: &[(&'static str, Watch)]) -> Self {
        let bars = MultiProgress::new();
        let add = |name: &'static str, template: &str| {
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = bars.add(ProgressBar::new(events).with_style(style.progress_chars("=> ")));
            bar.set_prefix(name);
            bar
        };
        let of_actor = "{prefix:>9}  [{bar:30}] {percent:>3} %  {per_sec:>12}  {msg}";
        let actors = actors.iter().map(|(name, watch)| (add(name, of_actor), watch.clone())).collect();
        let pool = add("pool", "{prefix:>9}  {msg}");
        Self { bars, actors, pool }
    }

    /// Shows how far everybody is until `is_done`.
    pub fn show(&self, pool: &Pool, is_done: impl Fn() -> bool) {
        while !is_done() {
            for (bar, watch) in &self.actors {
                if let Some(stats) = watch.stats() {
                    bar.set_position(stats.popped);
                    bar.set_message(format!("{} waiting", HumanCount(stats.depth())));
                }
            }
            let stats = pool.stats();
            self.pool.set_message(format!(
                "{} slots in use, {:?}",
                HumanCount(stats.in_use()),
                stats.health()
            ));
            thread::sleep(TICK);
        }
        let _ = self.bars.clear();
    }
}
