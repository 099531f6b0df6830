//! What readers see of each other, step by step: each scene is drawn, and ends the tour if it is not as it should be.

use ringfold::broadcast::{self, TryRecvError};

use super::super::wrong;
use crate::failure::Failure;

const ROOM: &str = "broadcast";
/// Slots of the rings that are drawn.
const SLOTS: usize = 16;

/// A reader that does not read holds the producer back when the ring is full, and nobody else.
pub fn a_slow_reader() -> Result<String, Failure> {
    let mut producer = broadcast::builder::<u64>(SLOTS).build()?;
    let (mut quick, mut slow) = (producer.subscribe(), producer.subscribe());
    let mut drawn =
        "\n   A slow reader holds back the producer, once the ring is full, and nobody else:".to_owned();
    let (mut published, mut read) = (0, 0);
    for step in ["6 are published", "6 more", "6 more: the last 2 have to wait", "the slow one reads 4"] {
        if step.starts_with("the slow") {
            drop(slow.poll_up_to(4));
        } else {
            let wanted = published + 6;
            while published < wanted && producer.try_publish(|event| *event = published).is_ok() {
                published += 1;
            }
        }
        let events = quick.poll();
        sure((read..).zip(&events).all(|(number, event)| *event == number), read)?;
        read += events.len() as u64;
        drop(events);
        sure(read == published, published)?;
        let (one, other) = (behind(quick.lag()), behind(slow.lag()));
        let words = if slow.should_throttle() { "should_throttle" } else { "" };
        let pressure = slow.pressure();
        drawn += format!("\n   {step:<34} quick │{one}│   slow │{other}│ {pressure:.2} {words}").trim_end();
    }
    sure(published == SLOTS as u64 && slow.lag() == 12, published)?;
    Ok(drawn)
}

/// How far behind a reader is, of a whole ring.
fn behind(lag: u64) -> String {
    let lag = (lag as usize).min(SLOTS);
    "█".repeat(lag) + &"·".repeat(SLOTS - lag)
}

/// A reader that comes after two others sees an event when both have released it.
pub fn a_diamond() -> Result<String, Failure> {
    let mut producer = broadcast::builder::<u8>(SLOTS).build()?;
    let (mut parse, mut log) = (producer.subscribe(), producer.subscribe());
    let mut answer = producer.subscription().after([&parse, &log]).join().map_err(|_| wrong(ROOM, 0))?;
    let shows = "abcdefgh";
    producer
        .publish_batch(8, |events| events.copy_from_slice(shows.as_bytes()))
        .map_err(|_| wrong(ROOM, 0))?;
    let mut drawn = [
        "",
        "A diamond: what parse and log have both released is there for answer.",
        "producer ─┬─► parse ─┬─► answer",
        "          └─► log ───┘",
    ]
    .join("\n   ");
    let mut seen = 0;
    for (parsed, logged) in [(5, 2), (0, 5), (3, 1)] {
        drop(parse.poll_up_to(parsed));
        drop(log.poll_up_to(logged));
        let released = parse.sequence().min(log.sequence()) as usize;
        let events = answer.poll();
        sure(*events == shows.as_bytes()[seen..released], seen as u64)?;
        drop(events);
        let both = [parse.sequence(), log.sequence()].map(|at| format!("{:<8}", &shows[..at as usize]));
        let [parse, log] = both;
        drawn += &format!(
            "\n   parse │{parse}│  log │{log}│  answer reads │{:<8}│",
            blank(seen) + &shows[seen..released]
        );
        seen = released;
    }
    sure(seen == 8, seen as u64)?;
    Ok(drawn)
}

fn blank(count: usize) -> String {
    " ".repeat(count)
}

/// A lossy reader is waited for by nobody, and knows what it has missed.
pub fn a_lossy_reader() -> Result<String, Failure> {
    const EVENTS: u64 = 64;
    let mut producer = broadcast::builder::<u64>(SLOTS).lossy().build()?;
    let mut reader = producer.subscribe_lossy();
    let mut line = String::new();
    let (mut next, mut seen, mut lost) = (0, 0, 0);
    for burst in [4, 24, 8, 28] {
        for _ in 0..burst {
            producer.publish(|event| *event = next).map_err(|_| wrong(ROOM, next))?;
            next += 1;
        }
        loop {
            match reader.try_recv() {
                Ok(event) => {
                    sure(event == seen + lost, seen + lost)?;
                    line.push('█');
                    seen += 1;
                }
                Err(TryRecvError::Lagged { missed }) => {
                    line += &"░".repeat(missed as usize);
                    lost += missed;
                }
                Err(_) => break,
            }
        }
    }
    sure(next == EVENTS && seen + lost == EVENTS && lost > 0 && seen > 0, seen + lost)?;
    Ok(format!(
        "\n   A lossy reader is waited for by nobody, and knows what it has missed:\n   │{line}│ {seen} seen, {lost} missed, {EVENTS} published"
    ))
}

fn sure(is_right: bool, position: u64) -> Result<(), Failure> {
    if is_right { Ok(()) } else { Err(wrong(ROOM, position)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_is_as_it_should_be() {
        let slow = a_slow_reader().unwrap();
        assert!(slow.contains("slow │████████████████│ 1.00 should_throttle"), "{slow}");
        assert!(slow.contains("slow │████████████····│ 0.75"), "{slow}");
        let diamond = a_diamond().unwrap();
        assert!(diamond.contains("answer reads │ab      │") && diamond.contains("│     fgh│"), "{diamond}");
        let lossy = a_lossy_reader().unwrap();
        assert!(lossy.contains("64 published") && lossy.contains('░'), "{lossy}");
    }
}
