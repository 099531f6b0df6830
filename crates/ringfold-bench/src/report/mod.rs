//! What a run has to say: one model, written as JSON, printed as tables and drawn as a page.

pub mod growth;
pub mod html;
pub mod markdown;
pub mod plot;
pub mod reasons;
pub mod scaling;
pub mod terminal;
pub mod verdict;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::contender::{Metric, Role};
use crate::machine::Environment;
use crate::runner::{Outcome, Standing};
use crate::stats::{Summary, paired_ratios};

/// Above this share of the median, extremes mean that the machine was not quiet.
pub const NOISY: f64 = 0.20;

/// A whole run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// Changes when a reader would have to.
    pub schema: u32,
    /// Where and when.
    pub environment: Environment,
    /// Rounds that counted.
    pub rounds: usize,
    /// Did each round go through all cases, rather than all rounds of a case follow each other?
    #[serde(default)]
    pub in_rounds_through_all: bool,
    /// Wall time of all that.
    #[serde(default)]
    pub seconds: f64,
    /// Milliseconds of a sample.
    pub sample_ms: u64,
    /// Reduced regimes?
    pub quick: bool,
    /// Names and versions of the rivals.
    pub versions: Vec<(String, String)>,
    /// Every case.
    pub cells: Vec<Cell>,
}

/// One case.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The room.
    pub room: String,
    /// The topology.
    pub topology: String,
    /// The regime in words.
    pub regime: String,
    /// Slots asked for.
    pub capacity: usize,
    /// Bytes per item.
    pub item_bytes: usize,
    /// Threads that put in, and threads that take out; one and none where a single thread does both.
    #[serde(default)]
    pub sides: (usize, usize),
    /// 2.0 where both threads share a core.
    pub threads_per_core: f64,
    /// What the figures are.
    pub metric: Metric,
    /// Everybody, in the order they were listed.
    pub entries: Vec<Entry>,
    /// Everything ringfold is compared with here.
    pub comparisons: Vec<Comparison>,
}

/// One contender in one case.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Ours, a rival, or a floor.
    pub role: Role,
    /// What of its API was used.
    pub note: String,
    /// How it waited.
    pub wait: String,
    /// Median and extremes over the rounds.
    pub figure: Option<Summary>,
    /// One figure per round.
    pub rounds: Vec<Option<f64>>,
    /// CPU seconds per second of wall time, median.
    pub busy_cores: Option<f64>,
    /// The same for each round.
    pub busy_cores_by_round: Vec<Option<f64>>,
    /// Percentiles, where latency was measured.
    pub latency: Option<Latency>,
    /// Why it has no figures, or stopped having them.
    pub failure: Option<String>,
}

/// Percentiles in nanoseconds, corrected for coordinated omission by counting from the intended time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Latency {
    /// Messages.
    pub count: u64,
    /// The median.
    pub p50: u64,
    /// 99 of 100 were faster.
    pub p99: u64,
    /// 999 of 1000 were faster.
    pub p999: u64,
    /// The slowest.
    pub max: u64,
    /// Quantile and nanoseconds, for the curve.
    pub curve: Vec<(f64, u64)>,
}

/// How many times as fast one is as another: above 1 the first is faster, whatever the metric.
#[derive(Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// The one.
    pub ours: String,
    /// Is this the figure that counts: ringfold as it comes, against the best rival?
    pub headline: bool,
    /// The other.
    pub theirs: String,
    /// What the other one is.
    pub theirs_role: Role,
    /// Paired by round.
    pub ratio: Summary,
}

impl Cell {
    /// From what was measured.
    pub fn of(outcome: Outcome) -> Cell {
        let Outcome { case, standings } = outcome;
        let comparisons = compare(case.metric, &standings);
        Cell {
            room: case.room.into(),
            topology: case.topology.into(),
            regime: case.regime,
            capacity: case.capacity,
            item_bytes: case.item_bytes,
            sides: case.sides,
            threads_per_core: case.threads_per_core,
            metric: case.metric,
            entries: standings.iter().map(Entry::of).collect(),
            comparisons,
        }
    }

    /// ringfold as it comes against the best rival.
    pub fn headline(&self) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| comparison.headline)
    }

    /// ringfold as it comes against ringfold with other settings.
    pub fn modes(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|comparison| comparison.theirs_role == Role::OursTuned)
    }

    /// The fastest rival.
    pub fn best_rival(&self) -> Option<&Entry> {
        best_of(self.metric, self.entries.iter().filter(|entry| entry.role == Role::Rival), |entry| {
            entry.figure.map(|figure| figure.median)
        })
    }

    /// The entries from fastest to slowest; those without figures last.
    pub fn ranking(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        let speed = |entry: &Entry| match entry.figure {
            Some(figure) if self.metric.more_is_better() => figure.median,
            Some(figure) => -figure.median,
            None => f64::NEG_INFINITY,
        };
        entries.sort_by(|one, other| speed(other).total_cmp(&speed(one)));
        entries
    }
}

impl Entry {
    fn of(standing: &Standing) -> Entry {
        let present = |all: &[Option<f64>]| all.iter().copied().flatten().collect::<Vec<f64>>();
        let (figures, busy_cores) = (present(&standing.figures), present(&standing.busy_cores));
        Entry {
            name: standing.name.into(),
            role: standing.role,
            note: standing.note.clone(),
            wait: standing.wait.label().into(),
            figure: Summary::of(&figures),
            rounds: standing.figures.clone(),
            busy_cores: crate::stats::median(&busy_cores),
            busy_cores_by_round: standing.busy_cores.clone(),
            latency: standing.latency.as_ref().map(Latency::of),
            failure: standing.failure.as_ref().map(ToString::to_string),
        }
    }

    /// Were its rounds further apart than they should be?
    pub fn noisy(&self) -> bool {
        self.figure.is_some_and(|figure| figure.spread() > NOISY)
    }
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Latency {
        // Evenly spaced on the plot's axis, on which every nine has the same width.
        let quantiles = (0..=60).map(|step| 1.0 - 10f64.powf(-f64::from(step) / 12.0));
        Latency {
            count: histogram.len(),
            p50: histogram.value_at_quantile(0.5),
            p99: histogram.value_at_quantile(0.99),
            p999: histogram.value_at_quantile(0.999),
            max: histogram.max(),
            curve: quantiles
                // Beyond this quantile there is no message to speak of.
                .filter(|quantile| (1.0 - quantile) * histogram.len() as f64 >= 1.0)
                .map(|quantile| (quantile, histogram.value_at_quantile(quantile)))
                .collect(),
        }
    }
}

fn best_of<'a, T>(
    metric: Metric,
    all: impl Iterator<Item = &'a T>,
    figure: impl Fn(&T) -> Option<f64>,
) -> Option<&'a T> {
    let speed = |one: &&T| {
        let figure = figure(one).unwrap_or(f64::NAN);
        if metric.more_is_better() { figure } else { -figure }
    };
    all.filter(|one| figure(one).is_some()).max_by(|one, other| speed(one).total_cmp(&speed(other)))
}

/// Each mode of ringfold against the best rival, against every floor, and against ringfold as it comes.
fn compare(metric: Metric, standings: &[Standing]) -> Vec<Comparison> {
    let rivals = standings.iter().filter(|standing| standing.role == Role::Rival);
    let best = best_of(metric, rivals, |standing| {
        let figures: Vec<f64> = standing.figures.iter().copied().flatten().collect();
        crate::stats::median(&figures)
    });
    let others = best
        .into_iter()
        .chain(standings.iter().filter(|standing| matches!(standing.role, Role::Floor | Role::OursTuned)));
    others
        .flat_map(|theirs| {
            standings
                .iter()
                .filter(move |ours| ours.role.is_ours() && ours.name != theirs.name)
                .filter(move |ours| ours.role == Role::Ours || !theirs.role.is_ours())
                .filter_map(move |ours| comparison(metric, ours, theirs))
        })
        .collect()
}

fn comparison(metric: Metric, ours: &Standing, theirs: &Standing) -> Option<Comparison> {
    let ratio = if metric.more_is_better() {
        paired_ratios(&ours.figures, &theirs.figures)?
    } else {
        paired_ratios(&theirs.figures, &ours.figures)?
    };
    Some(Comparison {
        ours: ours.name.into(),
        headline: ours.role == Role::Ours && theirs.role == Role::Rival,
        theirs: theirs.name.into(),
        theirs_role: theirs.role,
        ratio,
    })
}

/// A figure with its unit, three digits.
pub fn written(metric: Metric, figure: f64) -> String {
    let (figure, unit) = match metric {
        Metric::ItemsPerSecond if figure >= 1e9 => (figure / 1e9, "G/s"),
        Metric::ItemsPerSecond if figure >= 1e6 => (figure / 1e6, "M/s"),
        Metric::ItemsPerSecond => (figure / 1e3, "k/s"),
        Metric::BytesPerSecond => (figure / 1e9, "GB/s"),
        Metric::Memory => return format!("{figure:.3}×"),
        _ if figure >= 1e9 => (figure / 1e9, "s"),
        _ if figure >= 1e6 => (figure / 1e6, "ms"),
        Metric::Latency | Metric::Pause if figure >= 1e3 => (figure / 1e3, "µs"),
        _ if figure >= 1e4 => (figure / 1e3, "µs"),
        Metric::RoundTrip | Metric::Latency | Metric::Operation | Metric::Pause => (figure, "ns"),
    };
    let digits = if figure >= 100.0 {
        0
    } else if figure >= 10.0 {
        1
    } else {
        2
    };
    format!("{figure:.digits$} {unit}")
}

/// A ratio, two digits.
pub fn times(ratio: f64) -> String {
    format!("{ratio:.2}×")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Wait;

    fn standing(name: &'static str, role: Role, figures: [f64; 3]) -> Standing {
        Standing {
            name,
            role,
            note: String::new(),
            wait: Wait::Own,
            figures: figures.map(Some).into(),
            busy_cores: vec![],
            latency: None,
            failure: None,
        }
    }

    #[test]
    fn the_headline_is_against_the_best_rival_by_median() {
        let standings = [
            standing("floor", Role::Floor, [100.0; 3]),
            standing("ours", Role::Ours, [30.0; 3]),
            standing("tuned", Role::OursTuned, [60.0; 3]),
            standing("lucky once", Role::Rival, [90.0, 5.0, 5.0]),
            standing("best", Role::Rival, [20.0; 3]),
        ];
        let all = compare(Metric::ItemsPerSecond, &standings);
        let headline = all.iter().find(|comparison| comparison.headline).unwrap();
        assert_eq!((headline.ours.as_str(), headline.theirs.as_str()), ("ours", "best"));
        assert_eq!(headline.ratio.median, 1.5);
        let floor = all.iter().find(|one| one.ours == "ours" && one.theirs == "floor").unwrap();
        assert_eq!(floor.ratio.median, 0.3);
        let modes = all.iter().find(|one| one.theirs == "tuned").unwrap();
        assert_eq!((modes.ours.as_str(), modes.ratio.median), ("ours", 0.5));
    }

    #[test]
    fn a_ratio_above_one_means_faster_also_where_less_is_better() {
        let standings =
            [standing("ours", Role::Ours, [100.0; 3]), standing("rival", Role::Rival, [150.0; 3])];
        let all = compare(Metric::RoundTrip, &standings);
        assert_eq!(all[0].ratio.median, 1.5);
    }

    #[test]
    fn figures_are_written_with_three_digits() {
        assert_eq!(written(Metric::ItemsPerSecond, 123_456_789.0), "123 M/s");
        assert_eq!(written(Metric::ItemsPerSecond, 1_234_567_890.0), "1.23 G/s");
        assert_eq!(written(Metric::BytesPerSecond, 12.34e9), "12.3 GB/s");
        assert_eq!(written(Metric::RoundTrip, 187.6), "188 ns");
        assert_eq!(written(Metric::Latency, 12_345.0), "12.3 µs");
    }
}
