//! The few statistics the report is made of. Everything is a median with its extremes: a mean would let one
//! preempted round speak for all of them.

use serde::{Deserialize, Serialize};

/// Middle value, extremes and spread of some figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The median.
    pub median: f64,
    /// The smallest figure.
    pub min: f64,
    /// The largest figure.
    pub max: f64,
}

impl Summary {
    /// `None` when there is no figure at all.
    pub fn of(figures: &[f64]) -> Option<Summary> {
        Some(Summary {
            median: median(figures)?,
            min: figures.iter().copied().fold(f64::INFINITY, f64::min),
            max: figures.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// Distance of the extremes as a share of the median: 0.2 is twenty percent.
    pub fn spread(&self) -> f64 {
        if self.median == 0.0 {
            return 0.0;
        }
        (self.max - self.min) / self.median
    }
}

/// The median; the mean of the two middle figures when their number is even.
pub fn median(figures: &[f64]) -> Option<f64> {
    if figures.is_empty() {
        return None;
    }
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        Some(sorted[middle])
    } else {
        Some((sorted[middle - 1] + sorted[middle]) / 2.0)
    }
}

/// Ratios `ours / theirs`, paired by round: what disturbs a whole round disturbs both and cancels out.
/// Rounds in which either is missing are left out.
pub fn paired_ratios(ours: &[Option<f64>], theirs: &[Option<f64>]) -> Option<Summary> {
    let ratios: Vec<f64> = ours
        .iter()
        .zip(theirs)
        .filter_map(|(ours, theirs)| match (ours, theirs) {
            (Some(ours), Some(theirs)) if *theirs > 0.0 => Some(ours / theirs),
            _ => None,
        })
        .collect();
    Summary::of(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_even_and_nothing() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn summary_keeps_the_extremes() {
        let summary = Summary::of(&[10.0, 8.0, 12.0, 11.0, 9.0]).unwrap();
        assert_eq!((summary.min, summary.median, summary.max), (8.0, 10.0, 12.0));
        assert!((summary.spread() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn ratios_are_paired_by_round_and_not_by_rank() {
        // Each round is slower than the last; the ratio is the same in all of them.
        let ours = [Some(200.0), Some(100.0), Some(50.0)];
        let theirs = [Some(100.0), Some(50.0), Some(25.0)];
        let ratio = paired_ratios(&ours, &theirs).unwrap();
        assert_eq!((ratio.min, ratio.median, ratio.max), (2.0, 2.0, 2.0));
    }

    #[test]
    fn a_round_without_a_partner_does_not_count() {
        let ours = [Some(3.0), None, Some(5.0)];
        let theirs = [Some(1.0), Some(1.0), None];
        assert_eq!(paired_ratios(&ours, &theirs).unwrap().median, 3.0);
        assert_eq!(paired_ratios(&ours, &[None, None, None]), None);
    }
}
