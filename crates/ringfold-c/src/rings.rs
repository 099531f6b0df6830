//! What `spsc` and `mpsc` have in common, over units: their own verbs, with one word for how long to wait.

use ringfold::{Stats, memory::Info};

use crate::{code::Code, unit::Unit, wait::Wait};

/// The writing half of a ring of units.
pub trait Producer<const N: usize>: Send + Sized + 'static {
    type Claim<'a>: Claim;
    /// Whether there is only one, so that a slice that goes in in parts has nobody else's elements in between.
    const IS_ALONE: bool;

    fn push_unit(&mut self, unit: Unit<N>, wait: Wait) -> Result<(), Code>;
    fn try_push_units(&mut self, units: &[Unit<N>]) -> usize;
    /// How many went in before it was closed, if it was.
    fn push_units(&mut self, units: &[Unit<N>]) -> Result<(), usize>;
    fn claim_units(&mut self, count: usize, wait: Wait) -> Result<Self::Claim<'_>, Code>;
    fn vacant_units(&mut self) -> usize;
    fn has_closed(&self) -> bool;
    fn facts(&self) -> Facts;
    fn another(&self) -> Option<Self>;
}

/// Units that were claimed.
pub trait Claim {
    fn data(&mut self) -> *mut u8;

    /// Publishes the first `count` units.
    ///
    /// # Safety
    /// They are at most as many as were claimed.
    unsafe fn publish(self, count: usize);
}

/// The reading half of a ring of units.
pub trait Consumer<const N: usize>: Send + Sized + 'static {
    fn pop_unit(&mut self, wait: Wait) -> Result<Unit<N>, Code>;
    fn try_pop_units(&mut self, target: &mut [Unit<N>]) -> usize;
    /// Where the units are and how many, at least so many. They stay there until the next call.
    fn peek_units(&mut self, at_least: usize, wait: Wait) -> Result<(*const u8, usize), Code>;
    fn consume_units(&mut self, count: usize);
    fn backlog(&mut self) -> usize;
    fn has_closed(&self) -> bool;
    fn facts(&self) -> Facts;
}

/// What is known of a ring; in units.
pub struct Facts {
    pub counted: Stats,
    pub capacity: usize,
    pub memory: Option<Info>,
}

/// Both rooms spell their verbs alike, so this is written down once.
macro_rules! over_units {
    ($room:ident, is_alone: $is_alone:literal, another: $another:expr) => {
        impl<const N: usize> Producer<N> for ringfold::$room::Producer<Unit<N>> {
            type Claim<'a> = ringfold::$room::Claim<'a, Unit<N>>;
            const IS_ALONE: bool = $is_alone;

            #[inline(always)]
            fn push_unit(&mut self, unit: Unit<N>, wait: Wait) -> Result<(), Code> {
                match wait {
                    Wait::Never => Ok(self.try_push(unit)?),
                    Wait::For(time) => Ok(self.push_timeout(unit, time)?),
                    Wait::Forever => self.push(unit).map_err(|_| Code::Closed),
                }
            }

            fn try_push_units(&mut self, units: &[Unit<N>]) -> usize {
                self.try_push_slice(units)
            }

            fn push_units(&mut self, units: &[Unit<N>]) -> Result<(), usize> {
                self.push_slice(units).map_err(|closed| closed.0)
            }

            #[inline(always)]
            fn claim_units(&mut self, count: usize, wait: Wait) -> Result<Self::Claim<'_>, Code> {
                match wait {
                    Wait::Never if count > self.capacity() => Err(Code::TooLarge),
                    Wait::Never if self.is_closed() => Err(Code::Closed),
                    Wait::Never => self.try_claim(count).ok_or(Code::Full),
                    Wait::For(time) => Ok(self.claim_timeout(count, time)?),
                    Wait::Forever => Ok(self.claim(count)?),
                }
            }

            fn vacant_units(&mut self) -> usize {
                self.free()
            }

            fn has_closed(&self) -> bool {
                self.is_closed()
            }

            fn facts(&self) -> Facts {
                Facts { counted: self.stats(), capacity: self.capacity(), memory: self.memory().cloned() }
            }

            fn another(&self) -> Option<Self> {
                $another(self)
            }
        }

        impl<const N: usize> Claim for ringfold::$room::Claim<'_, Unit<N>> {
            #[inline(always)]
            fn data(&mut self) -> *mut u8 {
                self.as_mut_ptr().cast()
            }

            #[inline(always)]
            unsafe fn publish(self, count: usize) {
                // SAFETY: not more than were claimed (the caller); a unit of any content is initialised, because it is a `MaybeUninit`.
                unsafe { self.commit_first(count) }
            }
        }

        impl<const N: usize> Consumer<N> for ringfold::$room::Consumer<Unit<N>> {
            #[inline(always)]
            fn pop_unit(&mut self, wait: Wait) -> Result<Unit<N>, Code> {
                match wait {
                    Wait::Never => Ok(self.try_pop()?),
                    Wait::For(time) => Ok(self.pop_timeout(time)?),
                    Wait::Forever => Ok(self.pop()?),
                }
            }

            fn try_pop_units(&mut self, target: &mut [Unit<N>]) -> usize {
                self.pop_slice(target)
            }

            #[inline(always)]
            fn peek_units(&mut self, at_least: usize, wait: Wait) -> Result<(*const u8, usize), Code> {
                let view = match wait {
                    Wait::For(time) => self.peek_at_least_timeout(at_least, time)?,
                    Wait::Forever => self.peek_at_least(at_least)?,
                    Wait::Never => {
                        // In this order: what came just before it closed is seen.
                        let is_closed = self.is_closed();
                        let view = self.peek();
                        if view.len() < at_least {
                            return Err(if is_closed { Code::Closed } else { Code::Empty });
                        }
                        view
                    }
                };
                Ok((view.as_ptr().cast(), view.len()))
            }

            #[inline(always)]
            fn consume_units(&mut self, count: usize) {
                self.peek().consume(count);
            }

            fn backlog(&mut self) -> usize {
                self.len()
            }

            fn has_closed(&self) -> bool {
                self.is_closed()
            }

            fn facts(&self) -> Facts {
                Facts { counted: self.stats(), capacity: self.capacity(), memory: self.memory().cloned() }
            }
        }
    };
}

over_units!(spsc, is_alone: true, another: |_| None);
over_units!(mpsc, is_alone: false, another: |producer: &Self| Some(producer.clone()));
