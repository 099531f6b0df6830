//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;

use crate::contender::{Case, Plan, Role};
use crate::machine;
use crate::rooms::{Room, Scale};
use crate::runner::Settings;

const EXAMPLES: &str = "\
Examples (each after `cargo run --release -p ringfold-bench --`):
  --report               every room, for five minutes: the page, and a table for a README
  --from FILE.json       the same page and table from what was measured before
  all --quick            every room in few regimes, some minutes
  spsc --quick           every topology of one room, within a minute
  --filter rtrb/item     ringfold against rtrb, item by item
  --filter /round-trip   everybody, round trips only
  --list                 what could be measured
With the C++ rivals: cargo run --release -p ringfold-bench --features cpp
With jemalloc, for the pool: --features jemalloc

Reports go to bench-results/ as JSON, as one HTML page and as a Markdown table.
";

/// ringfold against its rivals: same machine, same run, same work, every item checked.
#[derive(Parser)]
#[command(version, about, before_help = EXAMPLES)]
pub struct Arguments {
    /// The room to measure.
    #[arg(value_enum, default_value = "all")]
    pub room: Room,

    /// Every topology in fewer regimes, rounds and milliseconds: a minute in all.
    #[arg(long)]
    pub quick: bool,

    /// Every room with all its rivals, in rounds through everything, as many as there is time for (three at least).
    #[arg(long, conflicts_with_all = ["quick", "rounds"])]
    pub report: bool,

    /// Minutes to measure with --report; less for a part of it, such as `--report --minutes 1 spsc --filter /item`.
    #[arg(long, value_name = "N", default_value = "5", requires = "report", value_parser = parse_minutes)]
    pub minutes: f64,

    /// Measure only what matches RIVAL/TOPOLOGY; either part may be empty or be part of a name. ringfold and the
    /// floors always take part. May be given several times.
    #[arg(long, value_name = "RIVAL/TOPOLOGY")]
    pub filter: Vec<String>,

    /// Rounds that count, after one that does not.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,

    /// Milliseconds of each sample.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub sample: Option<u32>,

    /// Cores of the two threads, such as 0,1; without it, the first two there are.
    #[arg(long, value_name = "A,B", value_parser = parse_cores)]
    pub cores: Option<(usize, usize)>,

    /// Where the JSON goes.
    #[arg(long, value_name = "FILE", default_value = "bench-results/report.json")]
    pub json: PathBuf,

    /// Where the page goes.
    #[arg(long, value_name = "FILE", default_value = "bench-results/report.html")]
    pub html: PathBuf,

    /// Where the Markdown table goes.
    #[arg(long, value_name = "FILE", default_value = "bench-results/report.md")]
    pub markdown: PathBuf,

    /// Draw the page and the Markdown table (and print the tables) from a JSON that is there already; measure nothing.
    #[arg(long, alias = "render", value_name = "FILE", conflicts_with_all = ["quick", "filter", "rounds", "sample", "cores"])]
    pub from: Option<PathBuf>,

    /// Print what would be measured, and measure nothing.
    #[arg(long)]
    pub list: bool,
}

impl Arguments {
    /// How many regimes.
    pub fn scale(&self) -> Scale {
        match (self.report, self.quick) {
            (true, _) => Scale::Report,
            (_, true) => Scale::Quick,
            _ => Scale::Full,
        }
    }

    /// How much to measure in each.
    pub fn settings(&self) -> Result<Settings> {
        let (rounds, sample) = match self.scale() {
            Scale::Full => (7, 150),
            Scale::Quick => (3, 20),
            Scale::Report => (3, 20),
        };
        let sample = Duration::from_millis(self.sample.unwrap_or(sample).into());
        let plan =
            Plan { duration: sample, deadline: sample * 4 + Duration::from_secs(2), cores: self.cores()? };
        Ok(Settings { rounds: self.rounds.unwrap_or(rounds) as usize, plan })
    }

    /// How long to go on with rounds, with `--report`.
    pub fn budget(&self) -> Option<Duration> {
        self.report.then(|| Duration::from_secs_f64(60.0 * self.minutes))
    }

    fn cores(&self) -> Result<Option<(usize, usize)>> {
        let there = machine::cores();
        let Some((first, second)) = self.cores else {
            return Ok(match there[..] {
                [first, second, ..] => Some((first, second)),
                [only] => Some((only, only)),
                [] => None,
            });
        };
        for core in [first, second] {
            if !there.contains(&core) {
                bail!("core {core} is not among those this process may use: {there:?}");
            }
        }
        Ok(Some((first, second)))
    }

    /// Leaves what the filters ask for.
    pub fn select(&self, cases: Vec<Case>) -> Result<Vec<Case>> {
        if self.filter.is_empty() {
            return Ok(cases);
        }
        let topologies: Vec<&str> = cases.iter().map(|case| case.topology).collect();
        let filters: Vec<Filter> = self.filter.iter().map(|text| Filter::parse(text, &topologies)).collect();
        let selected: Vec<Case> = cases
            .into_iter()
            .filter_map(|mut case| {
                let filters: Vec<&Filter> =
                    filters.iter().filter(|filter| case.topology.contains(&filter.topology)).collect();
                case.contenders.retain(|contender| {
                    !matches!(contender.role, Role::Rival | Role::Aside)
                        || filters.iter().any(|filter| contender.name.contains(&filter.rival))
                });
                let wanted = case.contenders.iter().any(|contender| contender.role == Role::Rival)
                    || filters.iter().any(|filter| "ringfold".contains(&filter.rival));
                (!filters.is_empty() && wanted).then_some(case)
            })
            .collect();
        if selected.is_empty() {
            bail!(
                "nothing matches --filter {}; --list shows rivals and topologies",
                self.filter.join(" --filter ")
            );
        }
        Ok(selected)
    }
}

/// One `--filter`: parts of names, empty for any.
struct Filter {
    rival: String,
    topology: String,
}

impl Filter {
    /// `RIVAL/TOPOLOGY`, or one word that is a topology if there is one of that name, else a rival.
    fn parse(text: &str, topologies: &[&str]) -> Filter {
        let (rival, topology) = match text.split_once('/') {
            Some(parts) => parts,
            None if topologies.contains(&text) => ("", text),
            None => (text, ""),
        };
        let part = |name: &str| name.trim_matches('*').to_owned();
        Filter { rival: part(rival), topology: part(topology) }
    }
}

/// The two threads of a duel need a core each, or share one.
#[derive(Debug)]
struct NotTwoCores;

impl std::fmt::Display for NotTwoCores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("two core numbers with a comma between, such as 0,1")
    }
}

impl std::error::Error for NotTwoCores {}

/// A budget of time.
#[derive(Debug)]
struct NotMinutes;

impl std::fmt::Display for NotMinutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number of minutes from 0 to 1440, such as 5 or 0.5")
    }
}

impl std::error::Error for NotMinutes {}

fn parse_minutes(text: &str) -> Result<f64, NotMinutes> {
    text.parse().ok().filter(|minutes| (0.0..=1440.0).contains(minutes)).ok_or(NotMinutes)
}

fn parse_cores(text: &str) -> Result<(usize, usize), NotTwoCores> {
    let parsed = text
        .split_once(',')
        .and_then(|(first, second)| Some((first.trim().parse().ok()?, second.trim().parse().ok()?)));
    parsed.ok_or(NotTwoCores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn filters_name_a_rival_a_topology_or_both() {
        let parse = |text| {
            let filter = Filter::parse(text, &["item", "paced"]);
            (filter.rival, filter.topology)
        };
        assert_eq!(parse("rtrb/item"), ("rtrb".into(), "item".into()));
        assert_eq!(parse("rtrb"), ("rtrb".into(), String::new()));
        assert_eq!(parse("item"), (String::new(), "item".into()));
        assert_eq!(parse("*/paced"), (String::new(), "paced".into()));
    }
}
