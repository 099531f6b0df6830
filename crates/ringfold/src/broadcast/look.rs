//! What a ring shows to one who looks: how far events go, for everybody and behind other readers.

use ringfold_core::sync::Arc;

use super::shared::{LEFT, Place, Ring};
use crate::marks::Mark;

impl<E> Ring<E> {
    /// How far events were published, or given up. Who reads one of them looks for itself; of several producers, what any of them wrote
    /// up to there is seen, so that another may overwrite it.
    pub(super) fn published(&self) -> u64 {
        let cursor = &self.producer.cursor;
        let Some(claims) = &self.claims else { return cursor.glance() };
        loop {
            let known = cursor.observe(); // SYNC: cursor
            if let Some(end) = claims.marks.ended_from(known, self.capacity as u64) {
                cursor.raise(end); // SYNC: cursor
                return end;
            }
            // Whoever has gone round has raised the cursor before.
        }
    }

    /// The newest sequence that was given out, at some moment: of several producers, those that are being written too.
    #[inline(always)]
    pub(super) fn newest(&self) -> u64 {
        match &self.claims {
            None => self.producer.cursor.glance(),
            Some(claims) => claims.glance(),
        }
    }

    /// Where the events end that may be read by one who knows them up to `known` and comes after `upstream`: published, and released by all of
    /// those. As far as it knows, if one of those has left.
    #[inline(always)]
    pub(super) fn end(&self, upstream: &[Arc<Place>], known: u64) -> u64 {
        let bound = self.bound(upstream, known);
        match &self.claims {
            None => self.producer.cursor.observe().min(bound).max(known), // SYNC: cursor
            Some(claims) => claims.marks.items_from(known, bound.saturating_sub(known)).min(bound).max(known),
        }
    }

    /// Where events end that were published together with the one at `at`, or before others; `at` itself, if there is none.
    #[inline(always)]
    pub(super) fn end_of_event(&self, at: u64) -> u64 {
        match &self.claims {
            None => self.producer.cursor.observe().max(at), // SYNC: cursor
            Some(claims) => match claims.marks.read(at) {
                Mark::Items(end) => end,
                Mark::Open | Mark::Aborted(_) => at,
            },
        }
    }

    /// Whether there is an event at `at`, or was in this lap.
    #[inline(always)]
    pub(super) fn has_event(&self, at: u64) -> bool {
        match &self.claims {
            None => self.producer.cursor.observe() > at, // SYNC: cursor
            Some(claims) => matches!(claims.marks.read(at), Mark::Items(_)),
        }
    }

    /// Whether there is anything at `at`: an event, or a claim that was aborted. Whoever is told so looks again before it reads.
    #[inline(always)]
    pub(super) fn has_news(&self, at: u64) -> bool {
        match &self.claims {
            None => self.producer.cursor.glance() > at,
            Some(claims) => claims.marks.read(at) != Mark::Open,
        }
    }

    /// How far all of `upstream` have released events, for one who knows of that up to `known`.
    #[inline(always)]
    pub(super) fn bound(&self, upstream: &[Arc<Place>], known: u64) -> u64 {
        // SYNC: cursor
        let released = |place: &Arc<Place>| match place.cursor().observe() {
            // Its own upstream holds from here on.
            LEFT => known,
            cursor => cursor,
        };
        upstream.iter().map(released).fold(u64::MAX, u64::min)
    }

    /// Whether one who waits for the event at `at` waits for a reader of `upstream` to release it, and not for a producer. A reader may begin
    /// further on than those behind it.
    pub(super) fn is_held_back(&self, upstream: &[Arc<Place>], at: u64) -> bool {
        self.bound(upstream, at) <= at
    }

    /// Whether it may be worth a look for one who waits for the event at `at` after `upstream`, who have released events up to `bound`: there is
    /// something, nothing will come any more, or one of those has left.
    pub(super) fn may_have(&self, upstream: &[Arc<Place>], at: u64, bound: u64) -> bool {
        let are_gone = self.attention.producers_seem_gone();
        (bound > at && (self.has_news(at) || are_gone))
            || (are_gone && self.newest() <= at)
            || upstream.iter().any(|place| place.has_left())
    }

    /// Where the next event can be, for a reader that finds none at `at` and has seen those of `upstream` go on: behind a claim that was
    /// aborted, or one that was forgotten by producers that are all gone.
    pub(super) fn behind_gap(&self, upstream: &[Arc<Place>], at: u64) -> u64 {
        let Some(claims) = &self.claims else { return at };
        // In this order: who is gone has committed before.
        let are_gone = self.attention.producers_are_gone(); // SYNC: gone
        let to = match claims.marks.read(at) {
            Mark::Aborted(to) => to,
            Mark::Open if are_gone => claims.marks.skip_open(at, claims.glance().max(at)),
            Mark::Open | Mark::Items(_) => at,
        };
        to.min(self.bound(upstream, at))
    }
}
