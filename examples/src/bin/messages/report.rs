//! What is printed in the end.

use std::time::Duration;

use anyhow::Result;
use indicatif::{HumanBytes, HumanCount};
use ringfold_examples::Report;

use crate::client::{Count, Seen, WINDOW};
use crate::latency::Latency;
use crate::message::{LONGEST, SHORTEST};
use crate::script::Script;
use crate::server::Served;

/// What everybody did in `time`.
pub fn report(script: &Script, time: Duration, served: &Served, seen: &[Seen]) -> Result<Report> {
    let counts = amounts(Report::new(headline(script)), time, served, seen);
    let (mut late, mut back) = (Latency::new()?, Latency::new()?);
    for seen in seen {
        late.add(&seen.late)?;
        back.add(&seen.back)?;
    }
    Ok(counts
        .line("latency", Latency::heading())
        .line("  due to sent", late.to_string())
        .line("  sent to read", served.since_sent.to_string())
        .line("  due to read", served.since_due.to_string())
        .line("  due to answered", back.to_string())
        .line("check", "every message and every answer by its checksum and its number".to_owned()))
}

fn headline(script: &Script) -> String {
    let pace = match script.interval {
        None => format!("as soon as can be, {WINDOW} unanswered at most"),
        Some(interval) => format!("one each {interval:?}"),
    };
    let longest = HumanBytes(LONGEST as u64);
    format!("messages: {} clients, {pace}, payloads of {SHORTEST} B to {longest}", script.clients)
}

fn amounts(report: Report, time: Duration, served: &Served, seen: &[Seen]) -> Report {
    let received = total(served.received.iter().copied());
    let answered = total(seen.iter().map(|seen| seen.answered));
    let aborted = total(seen.iter().map(|seen| seen.aborted));
    let both = Count { messages: received.messages, bytes: received.bytes + answered.bytes };
    let per_second = |count: u64| (count as f64 / time.as_secs_f64()) as u64;
    let (messages, bytes) = (HumanCount(per_second(both.messages)), HumanBytes(per_second(both.bytes)));
    let in_each = received.messages as f64 / served.views.max(1) as f64;
    let (views, across) = (HumanCount(served.views), HumanCount(served.across));
    report
        .line("there", format!("{} in {time:.1?}", words(received, "messages")))
        .line("back", words(answered, "answers"))
        .line("speed", format!("{messages} messages/s there and as many back, {bytes}/s"))
        .line("tombstones", format!("{}, were stepped over", words(aborted, "aborted claims")))
        .line(
            "in place",
            format!(
                "{views} views, each one slice, {in_each:.1} messages in each; {across} messages lay across the seam"
            ),
        )
}

fn total(counts: impl Iterator<Item = Count>) -> Count {
    counts.fold(Count::default(), |sum, count| Count {
        messages: sum.messages + count.messages,
        bytes: sum.bytes + count.bytes,
    })
}

fn words(count: Count, what: &str) -> String {
    format!("{} {what}, {}", HumanCount(count.messages), HumanBytes(count.bytes))
}
