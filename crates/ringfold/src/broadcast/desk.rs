//! What a producer rarely needs: finding room, and waiting for it.

use ringfold_core::{slots::Slots, wait::Deadline};

use super::{
    claims::Claims,
    roster::Gate,
    shared::{LAST, Ring, Waiting},
};

/// What the producer rarely needs.
pub(super) struct Desk<E> {
    pub(super) gate: Gate,
    pub(super) waiting: Waiting,
    /// What an event is before it is written.
    pub(super) blank: E,
    /// Where events are written first while there are lossy readers.
    pub(super) draft: Vec<E>,
    /// The handle's, for what is rarely called: so that the handle itself can stay in registers.
    pub(super) slots: Slots<E>,
    /// Slots of a claim that is out, or was forgotten.
    pub(super) lent: usize,
}

/// Whether to wait for room.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    Never,
    Until(Option<Deadline>),
}

impl<E: Copy> Desk<E> {
    /// What a forgotten claim may have written is made whole, before it is written again through another address.
    pub(super) fn settle(&mut self, cursor: u64) {
        let lent = core::mem::take(&mut self.lent);
        if lent > 0 {
            // SAFETY: the slots behind the cursor were granted for the claim, and still are; its slice is gone, because it borrowed
            // the producer.
            unsafe { self.slots.sync(cursor, lent) };
        }
    }
}

/// What the producers of a ring for several of them share.
#[inline(always)]
pub(super) fn claims<E>(ring: &Ring<E>) -> &Claims {
    ring.claims.as_ref().unwrap_or_else(|| unreachable!("a ring for several producers has them"))
}

/// As [`refill`], where others claim too: where the next claim begins, `from` or later, and what may be claimed, at least `wanted` slots
/// just now; `None`, if there are not as many.
#[cold]
#[inline(never)]
pub(super) fn refill_for_all<E: Copy>(
    ring: &Ring<E>,
    claims: &Claims,
    desk: &mut Desk<E>,
    from: u64,
    wanted: u64,
    wait: Wait,
) -> Option<(u64, u64)> {
    let Desk { gate, waiting, .. } = desk;
    let (mut claimed, mut goes_on) = (from, true);
    loop {
        claimed = claimed.max(claims.glance());
        let limit = claims.limit();
        if limit >= claimed + wanted {
            return Some((claimed, limit));
        }
        if claimed + wanted > LAST {
            return None;
        }
        if gate.look(ring, claimed) >= wanted {
            gate.grant_to_all(ring, claims, claimed, wanted);
            continue;
        }
        match wait {
            Wait::Until(deadline) if goes_on => {
                goes_on =
                    gate.wait_among_others(ring, claims, &mut waiting.waiter, claimed, wanted, deadline);
            }
            Wait::Until(_) => return None,
            Wait::Never => {
                ring.producer.stalls.count();
                return None;
            }
        }
    }
}

/// Looks for `wanted` vacant slots, waits for them if need be, and returns the first sequence that is not granted; `cursor`, if there are not as
/// many.
#[cold]
#[inline(never)]
pub(super) fn refill<E: Copy>(
    ring: &Ring<E>,
    desk: &mut Desk<E>,
    cursor: u64,
    wanted: u64,
    wait: Wait,
) -> u64 {
    desk.settle(cursor);
    let Desk { gate, waiting, .. } = desk;
    if cursor + wanted > LAST {
        return cursor;
    }
    loop {
        if gate.known_room(cursor) < wanted && gate.look(ring, cursor) < wanted {
            match wait {
                Wait::Never => ring.producer.stalls.count(),
                Wait::Until(deadline) => _ = gate.wait(ring, waiting, cursor, wanted, deadline),
            }
            if gate.known_room(cursor) < wanted {
                return cursor;
            }
        }
        let limit = gate.grant(ring, cursor, wanted);
        if limit - cursor >= wanted {
            return limit;
        }
        // Somebody has joined who reads what was vacant.
    }
}
