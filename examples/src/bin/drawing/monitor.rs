//! What a person sees meanwhile: how far behind each reader is. On a terminal, drawn; everywhere, the worst of it remembered.

use std::thread;
use std::time::Duration;

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressFinish, ProgressStyle};
use ringfold_examples::progress;

use crate::CAPACITY;
use crate::emit;

/// The gated readers, in the order in which they have joined.
pub const READERS: [&str; 3] = ["storage", "network", "statistics"];

const LOOK: Duration = Duration::from_millis(20);
const UNDER_PRESSURE: f32 = 0.8;

/// What was seen of one reader.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    /// The worst of what was looked at.
    pub worst: f32,
    /// How often it was above 0.8.
    pub under_pressure: u64,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watched {
    pub looks: u64,
    pub gauges: [Gauge; READERS.len()],
    /// How often the producer has waited for room, and for how long.
    pub times_full: u64,
    pub stalled: Duration,
}

/// Watches until the drawing is closed.
pub fn watch(strokes: u64) -> Watched {
    let mut watched = Watched::default();
    let screen = Bars::new(strokes);
    while let Some((ring, readers)) = emit::health() {
        watched.looks += 1;
        (watched.times_full, watched.stalled) = (ring.times_full, ring.producer_stalled);
        for (gauge, reader) in watched.gauges.iter_mut().zip(&readers) {
            gauge.worst = gauge.worst.max(reader.pressure);
            gauge.under_pressure += u64::from(reader.pressure > UNDER_PRESSURE);
        }
        screen.total.set_position(ring.published);
        for (bar, reader) in screen.readers.iter().zip(&readers) {
            bar.set_position(reader.lag);
            bar.set_message(words(reader.pressure));
        }
        thread::sleep(LOOK);
    }
    watched
}

fn words(pressure: f32) -> String {
    let health = match pressure {
        p if p >= 0.9 => "users slow down",
        p if p > UNDER_PRESSURE => "under pressure",
        _ => "well",
    };
    format!("{pressure:.2}  {health}")
}

/// A bar for all strokes, and one for each reader.
struct Bars {
    total: ProgressBar,
    readers: Vec<ProgressBar>,
    _all: MultiProgress,
}

impl Bars {
    fn new(strokes: u64) -> Bars {
        let all = MultiProgress::new();
        let total = all.add(progress::bar(strokes, "drawing"));
        let style = ProgressStyle::with_template("  {prefix:10}  [{bar:30}] {pos:>5} behind, pressure {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = |who: &'static str| {
            let bar = ProgressBar::new(CAPACITY as u64).with_finish(ProgressFinish::AndClear);
            let bar = all.add(bar.with_style(style.clone().progress_chars("=> ")).with_prefix(who));
            bar.set_message(words(0.0));
            bar
        };
        let readers = READERS.into_iter().map(bar).collect();
        Bars { total, readers, _all: all }
    }
}

impl Watched {
    /// How one reader was, in words.
    pub fn words(&self, reader: usize) -> String {
        let Gauge { worst, under_pressure } = self.gauges[reader];
        let share = 100 * under_pressure / self.looks.max(1);
        let looks = HumanCount(self.looks);
        format!("pressure {worst:.2} at worst, above {UNDER_PRESSURE} in {share} % of {looks} looks")
    }
}
