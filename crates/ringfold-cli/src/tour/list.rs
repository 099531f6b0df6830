//! The stop at `list`: a list that grows, and what its longest push takes.

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
    let (ours, our_longest) = grow(&mut list, List::push, "ringfold::List")?;
    let (theirs, their_longest) = grow(&mut vec, Vec::push, "std Vec")?;
    let where_it_lies = match list.fallback() {
        None => "one slice, and no item ever moved".to_owned(),
        Some(refused) => format!("in chunks, because {refused}"),
    };
    let runs = vec![ours, theirs];
    let remark = format!(
        "{where_it_lies}: {}; the longest {STRIDE} pushes took {our_longest:.1?}, in a Vec {their_longest:.1?}.",
        advantage(&runs)
    );
    Ok(Visit { unit: "items", runs, remark })
}

/// A turn of pushing at most, then every item is checked. Says how long the longest stride of pushes took.
fn grow<L>(list: &mut L, push: impl Fn(&mut L, u64), who: &'static str) -> Result<(Run, Duration), Failure>
where
    for<'a> &'a L: IntoIterator<Item = &'a u64>,
{
    let mut checker = Checker::new("list");
    let (begin, mut longest, mut pushed) = (Instant::now(), Duration::ZERO, 0);
    while pushed < MOST && !left(begin).is_zero() {
        let before = Instant::now();
        (pushed..pushed + STRIDE).for_each(|position| push(list, item(position)));
        longest = longest.max(before.elapsed());
        pushed += STRIDE;
    }
    (&*list).into_iter().for_each(|&came| checker.check(came));
    Ok((checker.finish(who, pushed)?, longest))
}
