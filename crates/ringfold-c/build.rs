//! Gives the shared library the name by which programs ask for it, which cargo does not do by itself.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(system.as_str(), "linux" | "freebsd" | "netbsd" | "openbsd" | "android") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libringfold.so.{major}");
    } else if system == "macos" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libringfold.{major}.dylib");
    }
}
