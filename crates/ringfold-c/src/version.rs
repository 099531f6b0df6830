//! Which library this is.

use std::ffi::c_char;

/// The number of the ABI: raised whenever a program that was compiled with an older header would not work.
pub const RF_ABI_VERSION: u32 = 1;

/// The ABI of the library that is loaded. A program compares it with the `RF_ABI_VERSION` that it was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn rf_abi_version() -> u32 {
    RF_ABI_VERSION
}

/// The version of the library that is loaded, as text: "0.1.0".
#[unsafe(no_mangle)]
pub extern "C" fn rf_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
