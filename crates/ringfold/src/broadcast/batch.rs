//! Events seen and not yet released.

use core::{fmt, ops::Deref};

use ringfold_core::sync;

use super::Reader;

/// What a reader can read now, as one slice. Dropping it releases all of it; [`release`](Self::release) only a part.
///
/// When it is dropped by a panic it releases nothing: whoever catches the panic can look at the events again. A batch that is forgotten
/// (`mem::forget`) releases nothing either.
pub struct Batch<'a, E> {
    reader: &'a mut Reader<E>,
    len: usize,
    /// Made by a destructor while its thread unwinds: then it is released as usual.
    in_panic: bool,
}

impl<'a, E> Batch<'a, E> {
    /// `len` events are there.
    #[inline(always)]
    pub(super) fn new(reader: &'a mut Reader<E>, len: usize) -> Self {
        Self { reader, len, in_panic: sync::is_panicking() }
    }

    /// The sequence of the first event.
    pub fn sequence(&self) -> u64 {
        self.reader.sequence()
    }

    /// Releases the first `count` events, or all where there are fewer, and returns how many those were. The others stay: the next batch begins
    /// with them.
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<u8>(8).build()?;
    /// let mut reader = producer.subscribe();
    /// producer.publish_batch(3, |events| events.copy_from_slice(b"abc")).unwrap();
    /// let batch = reader.poll();
    /// assert_eq!(batch[0], b'a');
    /// batch.release(1);
    /// assert_eq!((reader.sequence(), &*reader.poll()), (1, &b"bc"[..]));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn release(mut self, count: usize) -> usize {
        let count = count.min(self.len);
        self.len = 0;
        if count > 0 {
            self.reader.release(count);
        }
        count
    }
}

impl<E> Deref for Batch<'_, E> {
    type Target = [E];

    #[inline(always)]
    fn deref(&self) -> &[E] {
        self.reader.events(self.len)
    }
}

impl<'b, E> IntoIterator for &'b Batch<'_, E> {
    type Item = &'b E;
    type IntoIter = core::slice::Iter<'b, E>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E> Drop for Batch<'_, E> {
    #[inline]
    fn drop(&mut self) {
        if self.len > 0 && (self.in_panic || !sync::is_panicking()) {
            self.reader.release(self.len);
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Batch<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
