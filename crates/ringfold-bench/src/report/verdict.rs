//! Ahead or behind, and whether the rounds agree about it.

use super::{Cell, Comparison, Report};
use crate::contender::{Metric, Role};
use crate::stats::{Summary, paired_ratios};

/// What the rounds of a comparison say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first was ahead in every round.
    Ahead,
    /// It was ahead by the median, but not in every round.
    MostlyAhead,
    /// The median is so near to 1 that it does not matter: [`LEVEL`].
    Level,
    /// It was behind by the median, but not in every round.
    MostlyBehind,
    /// It was behind in every round.
    Behind,
}

/// What is nearer to 1 than this is neither ahead nor behind.
pub const LEVEL: f64 = 0.02;

impl Verdict {
    /// Of ratios above 1 where the first is ahead.
    pub fn of(ratio: &Summary) -> Verdict {
        match ratio {
            ratio if (1.0 - LEVEL..=1.0 + LEVEL).contains(&ratio.median) => Verdict::Level,
            ratio if ratio.min >= 1.0 => Verdict::Ahead,
            ratio if ratio.max < 1.0 => Verdict::Behind,
            ratio if ratio.median >= 1.0 => Verdict::MostlyAhead,
            _ => Verdict::MostlyBehind,
        }
    }

    /// The classes that colour it.
    pub fn class(self) -> &'static str {
        match self {
            Verdict::Ahead => "ours",
            Verdict::MostlyAhead => "ours faint",
            Verdict::Level => "level",
            Verdict::MostlyBehind => "loses faint",
            Verdict::Behind => "loses",
        }
    }
}

/// How many comparisons have come out how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// In every round.
    pub ahead: usize,
    /// By the median only.
    pub mostly_ahead: usize,
    /// Not to be told apart.
    pub level: usize,
    /// By the median only.
    pub mostly_behind: usize,
    /// In every round.
    pub behind: usize,
}

impl Score {
    /// Over all headlines of these cells.
    pub fn of<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Score {
        let mut score = Score::default();
        for headline in cells.into_iter().filter_map(Cell::headline) {
            match Verdict::of(&headline.ratio) {
                Verdict::Ahead => score.ahead += 1,
                Verdict::MostlyAhead => score.mostly_ahead += 1,
                Verdict::Level => score.level += 1,
                Verdict::MostlyBehind => score.mostly_behind += 1,
                Verdict::Behind => score.behind += 1,
            }
        }
        score
    }

    /// All of them.
    pub fn all(&self) -> usize {
        self.ahead + self.mostly_ahead + self.level + self.mostly_behind + self.behind
    }
}

impl Report {
    /// The rooms, in the order in which they were measured, with their cells.
    pub fn rooms(&self) -> Vec<(&str, Vec<&Cell>)> {
        let mut rooms: Vec<(&str, Vec<&Cell>)> = Vec::new();
        for cell in &self.cells {
            match rooms.iter_mut().find(|(room, _)| *room == cell.room) {
                Some((_, cells)) => cells.push(cell),
                None => rooms.push((&cell.room, vec![cell])),
            }
        }
        rooms
    }
}

/// Processor time of ringfold and of the best rival in one cell.
pub struct CpuCost<'a> {
    /// The headline it belongs to.
    pub headline: &'a Comparison,
    /// Medians, as of [`Cell::cpu_by_round`].
    pub ours: f64,
    /// The same.
    pub theirs: f64,
    /// Their time over ours, paired by round.
    pub ratio: Summary,
}

impl Cell {
    /// How many rounds counted.
    pub fn rounds(&self) -> usize {
        self.entries.iter().map(|entry| entry.rounds.len()).max().unwrap_or(0)
    }

    /// Processor time that somebody took in each round: for an item, a KiB or a round trip, or in each second.
    pub fn cpu_by_round(&self, name: &str) -> Vec<Option<f64>> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else { return vec![] };
        let rounds = entry.rounds.iter().zip(&entry.busy_cores_by_round);
        let cost = |(figure, cores): (&Option<f64>, &Option<f64>)| {
            let (figure, cores) = ((*figure)?, (*cores)?);
            Some(match self.metric {
                Metric::ItemsPerSecond => 1e9 * cores / figure,
                Metric::BytesPerSecond => 1e9 * 1024.0 * cores / figure,
                Metric::RoundTrip => cores * figure,
                Metric::Latency => cores,
                Metric::Operation | Metric::Pause | Metric::Memory => return None,
            })
        };
        rounds.map(cost).collect()
    }

    /// ringfold as it comes against the best rival, by processor time.
    pub fn cpu(&self) -> Option<CpuCost<'_>> {
        let headline = self.headline()?;
        let (ours, theirs) = (self.cpu_by_round(&headline.ours), self.cpu_by_round(&headline.theirs));
        let median =
            |all: &[Option<f64>]| crate::stats::median(&all.iter().copied().flatten().collect::<Vec<f64>>());
        Some(CpuCost {
            headline,
            ratio: paired_ratios(&theirs, &ours)?,
            ours: median(&ours)?,
            theirs: median(&theirs)?,
        })
    }

    /// A figure of [`Cell::cpu_by_round`] as people write it.
    pub fn cpu_written(&self, figure: f64) -> String {
        let digits = if figure < 10.0 { 2 } else { 0 };
        match self.metric {
            Metric::ItemsPerSecond => format!("{figure:.digits$} ns an item"),
            Metric::BytesPerSecond => format!("{figure:.digits$} ns a KiB"),
            Metric::RoundTrip => format!("{figure:.digits$} ns a round trip"),
            _ => format!("{figure:.2} s each second"),
        }
    }

    /// What repeats this cell and those of its topology alone, after `cargo xtask bench`.
    pub fn command(&self) -> String {
        format!("--report --minutes 1 {} --filter /{}", self.room, self.topology)
    }

    /// Everybody but floors and those who are not compared.
    pub fn competitors(&self) -> impl Iterator<Item = &super::Entry> {
        self.entries.iter().filter(|entry| !matches!(entry.role, Role::Floor | Role::Aside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_sure_only_where_all_rounds_agree() {
        let of = |min, median, max| Verdict::of(&Summary { min, median, max });
        assert_eq!(of(1.1, 1.2, 1.3), Verdict::Ahead);
        assert_eq!(of(0.9, 1.2, 1.3), Verdict::MostlyAhead);
        assert_eq!(of(0.5, 0.99, 1.3), Verdict::Level);
        assert_eq!(of(0.7, 0.8, 1.0), Verdict::MostlyBehind);
        assert_eq!(of(0.7, 0.8, 0.9), Verdict::Behind);
    }
}
