//! The stop at `list`: a list that grows, and what its longest push takes.

use std::fmt;
use std::time::{Duration, Instant};

use ringfold::List;

use super::stream::{Checker, item, left};
use super::{Run, Stop, Visit, advantage};
use crate::failure::Failure;

/// Half a gibibyte of numbers at most.
const MOST: u64 = 64 << 20;
/// Pushes between two looks at the clock.
const STRIDE: u64 = 1 << 10;

pub const STOP: Stop = Stop {
    name: "list",
    about: "numbers are pushed, up to 64 Mi of them, into a list that is told no size; then all are read back.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let (mut list, mut vec) = (List::new(), Vec::new());
    let (ours, our_strides) = grow(&mut list, List::push, "ringfold::List")?;
    let (theirs, their_strides) = grow(&mut vec, Vec::push, "std Vec")?;
    let where_it_lies = match list.fallback() {
        None => "one slice, and no item ever moved".to_owned(),
        Some(refused) => format!("in chunks, because {refused}"),
    };
    let runs = vec![ours, theirs];
    let remark = format!(
        "{where_it_lies}: {}.\n   {STRIDE} pushes took {our_strides}; in a Vec {their_strides}.\n   \
         The longest include interruptions by the system.",
        advantage(&runs)
    );
    Ok(Visit { unit: "items", runs, remark })
}

/// How long strides of pushes took.
#[derive(Debug, PartialEq, Eq)]
struct Strides {
    /// 999 of 1000 took no longer.
    p99_9: Duration,
    longest: Duration,
}

impl Strides {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        let at = |place: usize| times.get(place).copied().unwrap_or_default();
        Self { p99_9: at((times.len() * 999).div_ceil(1000).saturating_sub(1)), longest: at(last) }
    }
}

impl fmt::Display for Strides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1?} (p99.9) and {:.1?} at the longest", self.p99_9, self.longest)
    }
}

/// A turn of pushing at most, then every item is checked. Says how long the strides of pushes took.
fn grow<L>(list: &mut L, push: impl Fn(&mut L, u64), who: &'static str) -> Result<(Run, Strides), Failure>
where
    for<'a> &'a L: IntoIterator<Item = &'a u64>,
{
    let mut checker = Checker::new("list");
    let mut times = Vec::with_capacity((MOST / STRIDE) as usize);
    let (begin, mut pushed) = (Instant::now(), 0);
    while pushed < MOST && !left(begin).is_zero() {
        let before = Instant::now();
        (pushed..pushed + STRIDE).for_each(|position| push(list, item(position)));
        times.push(before.elapsed());
        pushed += STRIDE;
    }
    (&*list).into_iter().for_each(|&came| checker.check(came));
    Ok((checker.finish(who, pushed)?, Strides::of(times)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_thousand_is_left_out() {
        let strides = |count: u64| Strides::of((1..=count).rev().map(Duration::from_nanos).collect());
        let nanos = |p99_9, longest| Strides {
            p99_9: Duration::from_nanos(p99_9),
            longest: Duration::from_nanos(longest),
        };
        assert_eq!(strides(2000), nanos(1998, 2000));
        assert_eq!(strides(1), nanos(1, 1));
        assert_eq!(strides(0), nanos(0, 0));
    }
}
