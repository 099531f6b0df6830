//! The edge: nothing but numbers goes out, and no panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::code::Code;

/// Runs `body`; a panic in it becomes a code.
#[inline(always)]
pub fn call(body: impl FnOnce() -> Result<(), Code>) -> i32 {
    // Rooms and tables are left in order by a panic, so the next call may use them.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => Code::Ok as i32,
        Ok(Err(code)) => code as i32,
        Err(panic) => {
            // Dropping what was thrown may throw again.
            std::mem::forget(panic);
            Code::Internal as i32
        }
    }
}

/// Where a result goes. NULL is an error.
///
/// # Safety
/// `target` is NULL or may be written.
pub unsafe fn put<T>(target: *mut T, value: T) -> Result<(), Code> {
    if target.is_null() {
        return Err(Code::Null);
    }
    // SAFETY: handed on from the caller; C may have put it at any address.
    unsafe { target.write_unaligned(value) };
    Ok(())
}

/// Where a result goes that the caller may not want.
///
/// # Safety
/// `target` is NULL or may be written.
pub unsafe fn put_if_wanted<T>(target: *mut T, value: T) {
    // SAFETY: handed on from the caller.
    let _ = unsafe { put(target, value) };
}

/// Refuses NULL.
pub fn present<T>(pointer: *const T) -> Result<*const T, Code> {
    if pointer.is_null() { Err(Code::Null) } else { Ok(pointer) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_code() {
        assert_eq!(call(|| panic!("a test")), Code::Internal as i32);
        assert_eq!(call(|| Err(Code::Full)), Code::Full as i32);
    }
}
