//! What is printed in the end.

use indicatif::{HumanBytes, HumanCount};
use ringfold_examples::Report;

use crate::stroke::{Script, Stroke, USERS};
use crate::{Books, CAPACITY};

/// What everybody has done.
pub fn report(script: &Script, books: &Books) -> Report {
    let Books { emitted, stored, sent, received, counted, drawn, watched, time } = books;
    let per_second = (emitted.strokes as f64 / time.as_secs_f64()) as u64;
    let in_each = |writes: u64| script.strokes as f64 / writes.max(1) as f64;
    Report::new(format!(
        "drawing: {} strokes of {USERS} users, {} each, through a ring of {}",
        HumanCount(emitted.strokes),
        HumanBytes(size_of::<Stroke>() as u64),
        HumanCount(CAPACITY as u64),
    ))
    .line(
        "emitted",
        format!(
            "{} strokes/s in {time:.1?}; {} times asked to slow down, {} times to try again",
            HumanCount(per_second),
            HumanCount(emitted.slowed_down),
            HumanCount(emitted.refused)
        ),
    )
    .line(
        "storage",
        format!(
            "{} in {} writes, {:.1} strokes in each, every one out of the ring; {}",
            HumanBytes(stored.bytes),
            HumanCount(stored.writes),
            in_each(stored.writes),
            watched.words(0)
        ),
    )
    .line(
        "network",
        format!(
            "{} in {} batches, {:.1} strokes in each; {}",
            HumanBytes(received.bytes),
            HumanCount(sent.writes),
            in_each(sent.writes),
            watched.words(1)
        ),
    )
    .line("statistics", format!("{} strokes counted; {}", HumanCount(counted.strokes), watched.words(2)))
    .line(
        "screen",
        format!(
            "{} strokes seen and {} lost in {} frames, and nobody waited for it",
            HumanCount(drawn.seen),
            HumanCount(drawn.lost),
            HumanCount(drawn.frames)
        ),
    )
    .line(
        "ring",
        format!("full {} times, for {:.1?} in all", HumanCount(watched.times_full), watched.stalled),
    )
    .line("check", "file, socket and statistics against what was drawn, stroke by stroke".to_owned())
}
