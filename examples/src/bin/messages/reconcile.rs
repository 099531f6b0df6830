//! Whether what all actors counted, each for itself, and what the ring counted, fit together.

use anyhow::{Result, ensure};

use crate::client::Seen;
use crate::script::Script;
use crate::server::Served;

/// Compares the books.
///
/// # Errors
/// When two numbers that must be the same are not; the first such pair.
pub fn check(script: &Script, served: &Served, seen: &[Seen]) -> Result<()> {
    let mut slots = 0;
    for (client, seen) in seen.iter().enumerate() {
        let Seen { sent, aborted, answered, .. } = seen;
        let (received, replied) = (served.received[client], served.answered[client]);
        ensure!(
            *sent == received,
            "NOT verified: client {client} sent {sent:?}, the server received {received:?}"
        );
        ensure!(
            *answered == replied && replied.messages == received.messages,
            "NOT verified: the server answered client {client} with {replied:?}, {answered:?} came"
        );
        let claimed = sent.messages + aborted.messages;
        ensure!(
            claimed == script.messages,
            "NOT verified: client {client} was to claim {} times, and sent and aborted {claimed} messages",
            script.messages
        );
        slots += sent.bytes + aborted.bytes;
    }
    let (pushed, popped) = (served.stats.pushed, served.stats.popped);
    ensure!(
        pushed == slots && popped == slots,
        "NOT verified: {slots} bytes were sent or aborted; the ring counted {pushed} in and {popped} out"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Count;
    use crate::latency::Latency;
    use std::time::Instant;

    fn books() -> (Script, Served, Vec<Seen>) {
        let script =
            Script { clients: 1, messages: 3, interval: None, seed: 1, fault: None, begin: Instant::now() };
        let (sent, aborted, answered) = (
            Count { messages: 2, bytes: 100 },
            Count { messages: 1, bytes: 50 },
            Count { messages: 2, bytes: 96 },
        );
        let (_, consumer) = ringfold::mpsc::with_capacity::<u8>(1).unwrap();
        let mut stats = consumer.stats();
        (stats.pushed, stats.popped) = (150, 150);
        let latency = || Latency::new().unwrap();
        let seen = Seen { sent, aborted, answered, late: latency(), back: latency() };
        let (since_due, since_sent) = (latency(), latency());
        let (received, answered) = (vec![sent], vec![answered]);
        (script, Served { received, answered, views: 1, across: 0, since_due, since_sent, stats }, vec![seen])
    }

    #[test]
    fn books_that_fit_are_taken() {
        let (script, served, seen) = books();
        check(&script, &served, &seen).unwrap();
    }

    #[test]
    fn every_wrong_number_is_found() {
        let wrongs: [fn(&mut Served, &mut Seen); 6] = [
            |served, _| served.received[0].messages -= 1,
            |served, _| served.answered[0].bytes -= 1,
            |_, seen| seen.answered.messages -= 1,
            |_, seen| seen.aborted.messages -= 1,
            |_, seen| seen.aborted.bytes += 1,
            |served, _| served.stats.popped -= 1,
        ];
        for (number, wrong) in wrongs.into_iter().enumerate() {
            let (script, mut served, mut seen) = books();
            wrong(&mut served, &mut seen[0]);
            assert!(check(&script, &served, &seen).is_err(), "{number}");
        }
    }
}
