//! Who is waiting for the stream to fill, and who for it to empty: asynchronous tasks, or nobody.

/// Nobody, without the features that have tasks.
#[cfg(not(any(feature = "tokio", feature = "futures")))]
pub(super) struct Wakers;

#[cfg(not(any(feature = "tokio", feature = "futures")))]
impl Wakers {
    pub(super) const fn new() -> Self {
        Self
    }

    #[inline(always)]
    pub(super) fn wake_reader(&mut self) {}

    #[inline(always)]
    pub(super) fn wake_writer(&mut self) {}
}

/// At most one task on each side: the stream has one owner, who can split it in two.
#[cfg(any(feature = "tokio", feature = "futures"))]
#[derive(Default)]
pub(super) struct Wakers {
    reader: Option<core::task::Waker>,
    writer: Option<core::task::Waker>,
}

#[cfg(any(feature = "tokio", feature = "futures"))]
impl Wakers {
    pub(super) const fn new() -> Self {
        Self { reader: None, writer: None }
    }

    #[inline(always)]
    pub(super) fn wake_reader(&mut self) {
        if self.reader.is_some() {
            wake(&mut self.reader);
        }
    }

    #[inline(always)]
    pub(super) fn wake_writer(&mut self) {
        if self.writer.is_some() {
            wake(&mut self.writer);
        }
    }

    pub(super) fn keep_reader(&mut self, waker: &core::task::Waker) {
        keep(&mut self.reader, waker);
    }

    pub(super) fn keep_writer(&mut self, waker: &core::task::Waker) {
        keep(&mut self.writer, waker);
    }
}

#[cfg(any(feature = "tokio", feature = "futures"))]
#[cold]
fn wake(waiting: &mut Option<core::task::Waker>) {
    if let Some(waker) = waiting.take() {
        waker.wake();
    }
}

#[cfg(any(feature = "tokio", feature = "futures"))]
fn keep(waiting: &mut Option<core::task::Waker>, waker: &core::task::Waker) {
    match waiting {
        Some(kept) => kept.clone_from(waker),
        none => *none = Some(waker.clone()),
    }
}
