//! What a person sees while it runs. Drawn between samples only: nothing ticks while something is measured.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::contender::{Case, Failure};
use crate::runner::{Settings, Watch, rounds, warm_ups};

/// How often the line below a bar that shows the time is drawn anew.
const MOMENT: Duration = Duration::from_millis(200);

/// A bar on a terminal, a line per case (or per round through all of them) elsewhere.
pub struct Progress {
    bar: ProgressBar,
    case: String,
    /// Where the bar is the time that has passed of a budget.
    clock: Option<Clock>,
}

struct Clock {
    started: Instant,
    drawn: Duration,
    round: usize,
}

impl Progress {
    /// For these cases under these settings.
    pub fn new(cases: &[Case], settings: &Settings) -> Progress {
        let samples: usize = cases
            .iter()
            .flat_map(|case| case.contenders.iter().map(move |contender| (case, contender)))
            .map(|(case, contender)| warm_ups(case) * contender.ways.len() + rounds(case, settings))
            .sum();
        Progress { bar: bar(samples as u64), case: String::new(), clock: None }
    }

    /// For rounds until so much time is over.
    pub fn within(budget: Duration) -> Progress {
        let clock = Clock { started: Instant::now(), drawn: Duration::ZERO, round: 0 };
        Progress { bar: bar(budget.as_millis() as u64), case: String::new(), clock: Some(clock) }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}

impl Watch for Progress {
    fn round(&mut self, number: usize) {
        let Some(clock) = &mut self.clock else { return };
        clock.round = number;
        if self.bar.is_hidden() {
            eprintln!("{} after {} s", round(number), clock.started.elapsed().as_secs());
        }
    }

    fn case(&mut self, case: &Case) {
        self.case = format!("{} {}: {}", case.room, case.topology, case.regime);
        if self.bar.is_hidden() && self.clock.is_none() {
            eprintln!("{}", self.case);
        }
    }

    fn sample(&mut self, name: &str) {
        let Some(clock) = &mut self.clock else {
            self.bar.set_message(format!("{}  ({name})", self.case));
            self.bar.inc(1);
            return;
        };
        let passed = clock.started.elapsed();
        if passed >= clock.drawn + MOMENT {
            clock.drawn = passed;
            self.bar.set_message(format!("{}  {}  ({name})", round(clock.round), self.case));
            // More than the budget if that is too small for the rounds there must be.
            self.bar.set_position((passed.as_millis() as u64).min(self.bar.length().unwrap_or(0)));
        }
    }

    fn failed(&mut self, case: &Case, name: &str, failure: &Failure) {
        self.say(&format!("{name} in {} ({}): {failure}", case.topology, case.regime));
    }
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30.cyan/dim} {percent:>3}% {eta:>5} left  {wide_msg}")
        .expect("the template is well-formed");
    bar.set_style(style);
    bar
}

fn round(number: usize) -> String {
    match number {
        0 => "warm-up".into(),
        _ => format!("round {number}"),
    }
}
