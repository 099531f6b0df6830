//! What stands before every slot: how many refer to it, which generation it is in, and where it belongs.
//!
//! ```text
//!    63    62            42 41                         2    1       0
//!  ┌──────┬────────────────┬────────────────────────────┬──────┬────────┐
//!  │ gone │ references - 1 │ generation                 │ weak │ marked │
//!  └──────┴────────────────┴────────────────────────────┴──────┴────────┘
//! ```
//!
//! Giving up the last reference, or making one too many, turns the word negative: of each locked instruction only the sign is looked at.
//! *weak*: a weak handle was made in this generation. *marked*: in use since the last audit.
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. A slot that nobody uses has the state *idle*: one reference, not weak. That reference belongs to whoever takes the slot next, so taking
//!    and giving back a slot of which there was one reference at the end writes nothing here.
//! 2. A reference is made only from another one, or by an upgrade, which needs the generation and the weak flag to match and a count that is not 0.
//! 3. Who finds one reference, no weak flag, and holds that one, is alone: by fact 2 nobody else can make another.
//! 4. The generation grows before a slot that was weak becomes idle again, or becomes one owner's alone, so a weak handle matches one life
//!    of one slot. It never wraps: a slot whose generations are used up is not used again.

use core::ptr::NonNull;

#[cfg(loom)]
use ringfold_core::sync::CheckedCell;
use ringfold_core::sync::{AtomicU64, Ordering};

use super::class::Class;

/// A slot, by its header; its content follows.
pub(super) type Slot = NonNull<Header>;

/// Stands directly before the content of a slot.
#[repr(C, align(16))]
pub(super) struct Header {
    state: AtomicU64,
    home: NonNull<Class>,
    /// What loom checks: an access to the content that nothing orders after another one fails the model.
    #[cfg(loom)]
    shadow: CheckedCell<()>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Header>() == 16, "the documents say 16 bytes");

const MARKED: u64 = 1;
const WEAK: u64 = 1 << 1;
const GENERATION_SHIFT: u32 = 2;
const LAST_GENERATION: u64 = (1 << 40) - 1;
const REFERENCE: u64 = 1 << 42;
/// Everything but the generation.
const REST: u64 = !(LAST_GENERATION << GENERATION_SHIFT);

/// The most references to one slot. As many again can be counted, so that threads that go beyond it at the same time do not get around.
#[cfg(all(test, not(loom)))]
const MOST_REFERENCES: u64 = 1 << 21;

/// What became of a slot when a reference was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Released {
    /// Others refer to it.
    Shared,
    /// That was the last one, and the slot is the caller's.
    Last,
    /// That was the last one, and the slot must not be used again: its generations are used up.
    LastEver,
}

const fn idle(generation: u64) -> u64 {
    generation << GENERATION_SHIFT
}

const fn generation(state: u64) -> u64 {
    (state >> GENERATION_SHIFT) & LAST_GENERATION
}

/// The last reference is gone, or there are too many.
#[inline(always)]
const fn is_negative(state: u64) -> bool {
    (state as i64) < 0
}

/// The references besides one, of a state that is not negative.
const fn others(state: u64) -> u64 {
    state / REFERENCE
}

impl Header {
    /// Of an idle slot.
    pub(super) fn new(home: NonNull<Class>) -> Self {
        Self {
            state: AtomicU64::new(idle(0)),
            home,
            #[cfg(loom)]
            shadow: CheckedCell::new(()),
        }
    }

    /// The content is about to be written.
    #[inline(always)]
    pub(super) fn note_writing(&self) {
        #[cfg(loom)]
        self.shadow.with_mut(|_| ());
    }

    /// The content is about to be read.
    #[inline(always)]
    pub(super) fn note_reading(&self) {
        #[cfg(loom)]
        self.shadow.with(|_| ());
    }

    /// Where the slot belongs.
    #[inline(always)]
    pub(super) fn home(&self) -> NonNull<Class> {
        self.home
    }

    /// One more reference, made from one that the caller has. Aborts the process when there are absurdly many, as `Arc` does.
    #[inline(always)]
    pub(super) fn refer(&self) {
        // No order: whoever gets the new reference gets it from here.
        let before = self.state.fetch_add(REFERENCE, Ordering::Relaxed);
        if is_negative(before.wrapping_add(REFERENCE)) {
            too_many();
        }
    }

    /// Gives up the caller's reference. Looks first whether it is the only one, which then costs nothing.
    #[inline(always)]
    pub(super) fn release_original(&self) -> Released {
        // Together with everything that those did who had the others.
        let state = self.state.load(Ordering::Acquire); // SYNC: references
        if state & REST == 0 {
            return Released::Last; // facts 1 and 3: it is idle already
        }
        self.release_clone()
    }

    /// Gives up the caller's reference, which is likely not the only one. (A look at a word that was just counted up costs a third more.)
    #[inline(always)]
    pub(super) fn release_clone(&self) -> Released {
        let before = self.state.fetch_sub(REFERENCE, Ordering::AcqRel); // SYNC: references
        match is_negative(before.wrapping_sub(REFERENCE)) {
            true => self.make_idle(),
            false => Released::Shared,
        }
    }

    /// After the last reference: nobody refers to the slot, and nobody can upgrade.
    fn make_idle(&self) -> Released {
        // Only marks come and go meanwhile.
        let gone = self.state.load(Ordering::Relaxed);
        let generation = generation(gone) + u64::from(gone & WEAK != 0);
        if generation > LAST_GENERATION {
            return Released::LastEver;
        }
        self.state.store(idle(generation), Ordering::Relaxed);
        Released::Last
    }

    /// Whether the caller's reference is the only one; if so, weak handles are cut off.
    pub(super) fn make_unique(&self) -> bool {
        let mut state = self.state.load(Ordering::Acquire); // SYNC: references
        loop {
            match (others(state), state & WEAK) {
                (0, 0) => return true,
                (0, _) if generation(state) < LAST_GENERATION => {}
                _ => return false,
            }
            let alone = idle(generation(state) + 1);
            // Whoever fails comes back here: the weak flag stays as long as the caller's reference does.
            // SYNC: references
            match self.state.compare_exchange(state, alone, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
    }

    /// Lets weak handles be made from the caller's reference: the generation that they belong to.
    pub(super) fn downgrade(&self) -> u64 {
        // No order: whoever upgrades got the generation from here.
        generation(self.state.fetch_or(WEAK, Ordering::Relaxed))
    }

    /// One more reference, if there is still one of that generation.
    pub(super) fn upgrade(&self, of: u64) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if generation(state) != of || state & WEAK == 0 || is_negative(state) {
                return false;
            }
            let more = state + REFERENCE;
            if is_negative(more) {
                too_many();
            }
            // No order: what the slot holds has not changed since the weak handle was made.
            match self.state.compare_exchange_weak(state, more, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
    }

    /// How many references there are, at some moment.
    pub(super) fn references(&self) -> usize {
        others(self.state.load(Ordering::Relaxed)) as usize + 1
    }

    /// Whether there is still a reference of that generation, at some moment.
    pub(super) fn is_alive(&self, of: u64) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        generation(state) == of && !is_negative(state)
    }

    /// Marks the slot, and says whether it was marked.
    pub(super) fn mark(&self) -> bool {
        self.state.fetch_or(MARKED, Ordering::Relaxed) & MARKED != 0
    }

    /// Takes the mark away: the slot begins a new life.
    #[inline(always)]
    pub(super) fn unmark(&self) {
        if self.state.load(Ordering::Relaxed) & MARKED != 0 {
            self.state.fetch_and(!MARKED, Ordering::Relaxed);
        }
    }
}

/// Unwinding would drop references that were never counted.
#[cold]
#[inline(never)]
fn too_many() -> ! {
    std::process::abort()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn header(state: u64) -> Header {
        Header { state: AtomicU64::new(state), home: NonNull::dangling() }
    }

    #[test]
    fn the_last_of_several_references_is_told_so() {
        let header = header(idle(7));
        header.refer();
        header.refer();
        assert_eq!(header.references(), 3);
        assert_eq!([header.release_original(), header.release_clone(), header.release_clone()], {
            use Released::*;
            [Shared, Shared, Last]
        });
        assert_eq!(header.state.load(Ordering::Relaxed), idle(7));
    }

    #[test]
    fn as_many_references_as_were_promised_can_be_counted() {
        let header = header(idle(LAST_GENERATION));
        (1..MOST_REFERENCES).for_each(|_| header.refer());
        assert_eq!(header.references() as u64, MOST_REFERENCES);
        assert!(is_negative(header.state.load(Ordering::Relaxed) + REFERENCE), "one more would abort");
        assert_eq!(generation(header.state.load(Ordering::Relaxed)), LAST_GENERATION);
    }

    #[test]
    fn a_weak_handle_matches_one_life() {
        let header = header(idle(0));
        let old = header.downgrade();
        assert!(header.upgrade(old) && header.is_alive(old));
        assert_eq!(
            (header.release_original(), header.release_original()),
            (Released::Shared, Released::Last)
        );
        assert!(!header.upgrade(old) && !header.is_alive(old), "the slot is idle, or in its next life");
        let next = header.downgrade();
        assert!(next > old && !header.upgrade(old) && header.upgrade(next));
    }

    #[test]
    fn becoming_unique_cuts_weak_handles_off() {
        let header = header(idle(0));
        assert!(header.make_unique());
        let weak = header.downgrade();
        header.refer();
        assert!(!header.make_unique());
        assert_eq!(header.release_original(), Released::Shared);
        assert!(header.make_unique() && !header.upgrade(weak));
        assert_eq!(header.release_original(), Released::Last);
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_not_used_again() {
        let header = header(idle(LAST_GENERATION));
        assert_eq!(header.release_original(), Released::Last, "no weak handle, no new generation");
        let weak = header.downgrade();
        assert!(!header.make_unique());
        assert_eq!(header.release_original(), Released::LastEver);
        assert!(!header.upgrade(weak) && !header.is_alive(weak));
    }

    #[test]
    fn a_mark_lasts_as_long_as_the_slot_is_in_use() {
        let header = header(idle(3));
        assert!(!header.mark() && header.mark());
        assert!(header.make_unique(), "a mark is no reference");
        assert_eq!(header.release_original(), Released::Last);
        assert_eq!(header.state.load(Ordering::Relaxed), idle(3));
        header.mark();
        header.unmark();
        assert!(!header.mark());
    }
}
