use std::borrow::Cow;
use std::fmt;

use crate::bytes::Bytes;

/// Why memory could not be had: the step that failed, how much it asked for, the cause and what to do about it.
///
/// Exactly one of the predicates [`is_invalid`](Error::is_invalid), [`is_limit`](Error::is_limit),
/// [`is_out_of_memory`](Error::is_out_of_memory), [`is_unsupported`](Error::is_unsupported) holds, or none when
/// the system gave a reason that this crate does not know.
///
/// ```
/// let error = ringfold_memory::Mirror::new(usize::MAX).unwrap_err();
/// assert!(error.is_invalid());
/// println!("{error}");
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    step: &'static str,
    requested_bytes: usize,
    os_error: Option<i32>,
    cause: Cause,
    earlier: Option<Box<Error>>,
}

/// What stands behind a failure. Formatted only when somebody reads it: building an error must not need much memory.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "no platform has all of them")]
pub(crate) enum Cause {
    /// The request itself cannot be served anywhere.
    Invalid { what: Cow<'static, str>, help: Cow<'static, str> },
    /// A limit that somebody set and can raise.
    Limit(Limit),
    /// Not enough memory; how much there is, where that is known.
    OutOfMemory { available: Option<u64> },
    /// This system, sandbox or kernel does not do it.
    Unsupported { what: &'static str, help: &'static str },
    /// The system's own words have to do.
    Unknown,
}

/// A limit, by the name under which a person finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub name: &'static str,
    pub value: u64,
    pub unit: Unit,
    pub help: &'static str,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "no platform has all of them")]
pub(crate) enum Unit {
    Bytes,
    Count,
}

impl Error {
    /// An error for a request that no system could serve, for the rooms that stand on this crate (a capacity whose
    /// size overflows, an element aligned beyond a page): `what` is wrong, `help` says what would be right.
    #[must_use]
    pub fn invalid(
        requested_bytes: usize,
        what: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> Error {
        let cause = Cause::Invalid { what: what.into(), help: help.into() };
        Error::new("checking the request", requested_bytes, None, cause)
    }

    /// The error for a heap that just refused `bytes`, for the rooms that allocate there: too little memory, or the limit
    /// that stopped it.
    #[must_use]
    pub fn heap(bytes: usize) -> Error {
        crate::limits::explain_heap("allocating on the heap", bytes)
    }

    pub(crate) fn new(
        step: &'static str,
        requested_bytes: usize,
        os_error: Option<i32>,
        cause: Cause,
    ) -> Error {
        Error { step, requested_bytes, os_error, cause, earlier: None }
    }

    pub(crate) fn unsupported(
        step: &'static str,
        requested_bytes: usize,
        what: &'static str,
        help: &'static str,
    ) -> Error {
        Error::new(step, requested_bytes, None, Cause::Unsupported { what, help })
    }

    /// Remembers the failure of another way that was tried before this one and before what this one remembers.
    #[allow(dead_code, reason = "only Linux has several ways")]
    pub(crate) fn after(mut self, earlier: Option<Error>) -> Error {
        match self.earlier.take() {
            Some(own) => self.earlier = Some(Box::new(own.after(earlier))),
            None => self.earlier = earlier.map(Box::new),
        }
        self
    }

    /// What was being done when it failed, in words: `"reserving address space (mmap)"`.
    #[must_use]
    pub fn step(&self) -> &'static str {
        self.step
    }

    /// How many bytes that step asked for: a reservation asks for twice the period, a lock for the period once.
    #[must_use]
    pub fn requested_bytes(&self) -> usize {
        self.requested_bytes
    }

    /// The operating system's error number (errno; on Windows that of `GetLastError`; on macOS the errno
    /// closest to the Mach result), if it gave one.
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        self.os_error
    }

    /// The request itself is wrong: too large for this address space, a NUMA node that does not exist.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self.cause, Cause::Invalid { .. })
    }

    /// A limit stopped it that somebody set and can raise; [`limit`](Error::limit) names it.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self.cause, Cause::Limit(_))
    }

    /// There is not enough memory on this machine right now.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self.cause, Cause::OutOfMemory { .. })
    }

    /// This system, kernel or sandbox does not do it.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self.cause, Cause::Unsupported { .. })
    }

    /// The name of the limit that stopped it, as its manual spells it: `"RLIMIT_AS"`, `"vm.max_map_count"`.
    #[must_use]
    pub fn limit(&self) -> Option<&'static str> {
        match &self.cause {
            Cause::Limit(limit) => Some(limit.name),
            _ => None,
        }
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub fn help(&self) -> &str {
        match &self.cause {
            Cause::Invalid { help, .. } => help,
            Cause::Limit(limit) => limit.help,
            Cause::OutOfMemory { .. } => "ask for a smaller capacity, or free memory first",
            Cause::Unsupported { help, .. } => help,
            Cause::Unknown => "look the system's error up, or choose Memory::Soft, which needs only heap",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} failed: {}", self.step, Bytes(self.requested_bytes as u64), self.cause)?;
        if let Some(code) = self.os_error {
            write!(f, " [{}]", std::io::Error::from_raw_os_error(code))?;
        }
        write!(f, "; {}", self.help())?;
        match &self.earlier {
            Some(earlier) => write!(f, " (tried before that: {earlier})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Invalid { what, .. } => f.write_str(what),
            Cause::Limit(limit) => write!(f, "{limit}"),
            Cause::OutOfMemory { available: Some(bytes) } => {
                write!(f, "out of memory, {} available", Bytes(*bytes))
            }
            Cause::OutOfMemory { available: None } => f.write_str("out of memory"),
            Cause::Unsupported { what, .. } => f.write_str(what),
            Cause::Unknown => f.write_str("the system refused"),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped by {}, which is ", self.name)?;
        match self.unit {
            Unit::Bytes => write!(f, "{}", Bytes(self.value)),
            Unit::Count => write!(f, "{}", self.value),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.earlier.as_deref().map(|earlier| earlier as _)
    }
}
