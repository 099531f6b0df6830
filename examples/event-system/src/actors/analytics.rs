//! Counts: what happens, how much, and who does most.

use std::collections::HashMap;

use anyhow::Result;
use ringfold::pool::EventRef;
use ringfold::spsc::Consumer;

use super::{AT, Fault, feed, leak};
use crate::event::Event;
use crate::ledger::Ledger;

/// What was counted.
#[derive(Debug, Default)]
pub struct Counted {
    pub ledger: Ledger,
    pub users: HashMap<u32, u64>,
}

impl Counted {
    /// Who did most, and how much.
    pub fn busiest(&self) -> Option<(u32, u64)> {
        let most = self.users.iter().max_by_key(|(user, events)| (**events, **user));
        most.map(|(user, events)| (*user, *events))
    }
}

/// Checks every event, and counts it.
pub fn run(mut events: Consumer<EventRef>, fault: Option<Fault>) -> Result<(Counted, Consumer<EventRef>)> {
    let mut counted = Counted::default();
    feed(&mut events, |batch| {
        for shared in batch {
            let event = Event::read(shared)?;
            event.check()?;
            counted.ledger.enter(&event);
            *counted.users.entry(event.header.user).or_default() += 1;
            if fault == Some(Fault::Leak) && event.header.sequence == AT {
                leak(shared);
            }
        }
        Ok(())
    })?;
    Ok((counted, events))
}
