//! The hardware mirror: the platform's file.

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "linux.rs")]
#[cfg_attr(target_vendor = "apple", path = "macos.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod platform;

pub(super) use platform::Mapping;

use super::{period_for, self_test};
