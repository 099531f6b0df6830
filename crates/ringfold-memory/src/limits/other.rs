//! Systems without limits that this crate knows how to ask.

use crate::Error;
use crate::error::Cause;

pub(crate) fn explain_heap(step: &'static str, bytes: usize) -> Error {
    Error::new(step, bytes, None, Cause::OutOfMemory { available: None })
}

/// The error for a call that just set the system's error number while giving `bytes` of memory.
#[allow(dead_code, reason = "only where there are regions")]
pub(crate) fn explain_growth(step: &'static str, bytes: usize) -> Error {
    /// `ERROR_NOT_ENOUGH_MEMORY` and `ERROR_COMMITMENT_LIMIT`; `ENOMEM`.
    const OUT_OF_MEMORY: &[i32] = if cfg!(windows) { &[8, 1455] } else { &[12] };
    let code = std::io::Error::last_os_error().raw_os_error();
    let cause = match code {
        Some(code) if OUT_OF_MEMORY.contains(&code) => Cause::OutOfMemory { available: None },
        _ => Cause::Unknown,
    };
    Error::new(step, bytes, code, cause)
}

/// As [`explain_growth`]; there are no limits here that could be named.
#[allow(dead_code, reason = "only where there are regions")]
pub(crate) fn explain_reservation(step: &'static str, bytes: usize) -> Error {
    explain_growth(step, bytes)
}

pub(crate) fn check_address_space(_step: &'static str, _bytes: usize) -> Result<(), Error> {
    Ok(())
}

/// The systems here do not count mappings; a list each for a hundred thousand things should still not take them all.
pub(crate) fn check_mappings(step: &'static str, bytes: usize, regions: u64) -> Result<(), Error> {
    const MOST: u64 = 4096;
    if regions < MOST {
        return Ok(());
    }
    let (what, help) = ("this process has thousands of regions already", "say how much to reserve");
    Err(Error::unsupported(step, bytes, what, help))
}

pub(crate) fn check_available(_step: &'static str, _bytes: usize) -> Result<(), Error> {
    Ok(())
}
