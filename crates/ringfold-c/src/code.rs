//! What a call can answer.

use std::ffi::{CStr, c_char};

use ringfold::error::{
    ClaimError, ClaimTimeoutError, Closed, PeekError, PeekTimeoutError, PopTimeoutError, PushTimeoutError,
    TryPopError, TryPushError,
};

/// What every call answers: `RF_OK`, or why it did nothing (or only a part; then it says how much).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "some are only for callers to compare with")]
pub enum Code {
    /// It is done.
    Ok = 0,
    /// There is no room now.
    Full = -1,
    /// There is nothing to read now.
    Empty = -2,
    /// The other side is gone; on the reading side also: and everything was read.
    Closed = -3,
    /// The time was over before there was room, or something to read.
    Timeout = -4,
    /// A pointer is NULL that must not be.
    Null = -5,
    /// The handle is not open: never was, or was closed.
    Handle = -6,
    /// The handle is in use: another thread is in a call with it, or it has an open claim.
    Busy = -7,
    /// An argument makes no sense: a capacity or size of 0, an unknown option, a size that overflows.
    Invalid = -8,
    /// The elements of this ring have another size.
    ElementSize = -9,
    /// More than the ring holds, so that waiting would never end.
    TooLarge = -10,
    /// More was committed or consumed than was claimed or seen; or nothing was.
    Claim = -11,
    /// The memory cannot be had; `message` of the options says why.
    Memory = -12,
    /// This ring does not do that.
    Unsupported = -13,
    /// The reader was too slow and has missed elements; it goes on with a later one.
    Lagged = -14,
    /// There is no free slot in the pool, or no free handle in the process.
    Exhausted = -15,
    /// The library has panicked: a defect of its own. The handle can still be closed.
    Internal = -16,
}

/// What the code says, in words: a sentence that lives for ever. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rf_error_string(code: i32) -> *const c_char {
    text(code).as_ptr()
}

fn text(code: i32) -> &'static CStr {
    match code {
        0 => c"it is done",
        -1 => c"there is no room now: the other side must read first",
        -2 => c"there is nothing to read now",
        -3 => c"the other side is gone",
        -4 => c"the time was over",
        -5 => c"a pointer is NULL that must not be",
        -6 => c"the handle is not open: it was closed, or never opened",
        -7 => c"the handle is in use: another thread is in a call with it, or it has an open claim",
        -8 => c"an argument makes no sense: a size of 0, an unknown option, or a size that overflows",
        -9 => c"the elements of this ring have another size",
        -10 => c"more than the ring holds: ask for less at a time, or make a larger ring",
        -11 => c"more than was claimed or seen: claim or peek first, commit or consume at most as much",
        -12 => c"the memory cannot be had: give `message` in the options to learn why",
        -13 => c"this ring does not do that",
        -14 => c"the reader was too slow and has missed elements: read faster, or make a larger ring",
        -15 => c"there is no free slot in the pool, or no free handle in the process",
        -16 => c"the library has panicked, which is a defect of its own: please report it",
        _ => c"no code of this library",
    }
}

impl From<Closed> for Code {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl<T> From<TryPushError<T>> for Code {
    fn from(error: TryPushError<T>) -> Self {
        match error {
            TryPushError::Full(_) => Self::Full,
            TryPushError::Closed(_) => Self::Closed,
        }
    }
}

impl<T> From<PushTimeoutError<T>> for Code {
    fn from(error: PushTimeoutError<T>) -> Self {
        match error {
            PushTimeoutError::Timeout(_) => Self::Timeout,
            PushTimeoutError::Closed(_) => Self::Closed,
        }
    }
}

impl From<TryPopError> for Code {
    fn from(error: TryPopError) -> Self {
        match error {
            TryPopError::Empty => Self::Empty,
            TryPopError::Closed => Self::Closed,
        }
    }
}

impl From<PopTimeoutError> for Code {
    fn from(error: PopTimeoutError) -> Self {
        match error {
            PopTimeoutError::Timeout => Self::Timeout,
            PopTimeoutError::Closed => Self::Closed,
        }
    }
}

impl From<ClaimError> for Code {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::TooLarge { .. } => Self::TooLarge,
            ClaimError::Closed => Self::Closed,
        }
    }
}

impl From<ClaimTimeoutError> for Code {
    fn from(error: ClaimTimeoutError) -> Self {
        match error {
            ClaimTimeoutError::Timeout => Self::Timeout,
            ClaimTimeoutError::TooLarge { .. } => Self::TooLarge,
            ClaimTimeoutError::Closed => Self::Closed,
        }
    }
}

impl From<PeekError> for Code {
    fn from(error: PeekError) -> Self {
        match error {
            PeekError::TooLarge { .. } => Self::TooLarge,
            PeekError::Closed { .. } => Self::Closed,
        }
    }
}

impl From<PeekTimeoutError> for Code {
    fn from(error: PeekTimeoutError) -> Self {
        match error {
            PeekTimeoutError::Timeout { .. } => Self::Timeout,
            PeekTimeoutError::TooLarge { .. } => Self::TooLarge,
            PeekTimeoutError::Closed { .. } => Self::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_of_its_own() {
        let first = Code::Internal as i32;
        let mut texts: Vec<_> = (first..=0).map(text).collect();
        texts.push(text(first - 1));
        let count = texts.len();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), count);
        assert_eq!(text(1), text(first - 1));
    }
}
