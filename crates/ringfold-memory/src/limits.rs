//! From an errno to the limit behind it: the same ENOMEM may mean `RLIMIT_AS`, `vm.max_map_count`, an empty pool of huge
//! pages or that memory is really gone, and only the first three have a fix that a person can type.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "limits/linux.rs"]
#[allow(dead_code, reason = "a soft mirror needs little of it")]
mod platform;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "limits/other.rs"]
mod platform;

pub(crate) use platform::*;
