//! What a person sees while it runs. Drawn between samples only: nothing ticks while something is measured.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::contender::{Case, Failure};
use crate::runner::{Settings, Watch, rounds, warm_ups};

/// A bar on a terminal, a line per case elsewhere.
pub struct Progress {
    bar: ProgressBar,
    case: String,
}

impl Progress {
    /// For these cases under these settings.
    pub fn new(cases: &[Case], settings: &Settings) -> Progress {
        let samples: usize = cases
            .iter()
            .flat_map(|case| case.contenders.iter().map(move |contender| (case, contender)))
            .map(|(case, contender)| warm_ups(case) * contender.ways.len() + rounds(case, settings))
            .sum();
        let bar = ProgressBar::with_draw_target(Some(samples as u64), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30.cyan/dim} {percent:>3}% {eta:>5} left  {msg}")
            .expect("the template is well-formed");
        bar.set_style(style);
        Progress { bar, case: String::new() }
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
    fn case(&mut self, case: &Case) {
        self.case = format!("{} {}: {}", case.room, case.topology, case.regime);
        if self.bar.is_hidden() {
            eprintln!("{}", self.case);
        }
    }

    fn sample(&mut self, name: &str) {
        self.bar.set_message(format!("{}  ({name})", self.case));
        self.bar.inc(1);
    }

    fn failed(&mut self, case: &Case, name: &str, failure: &Failure) {
        self.say(&format!("{name} in {} ({}): {failure}", case.topology, case.regime));
    }
}
