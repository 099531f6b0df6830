//! Optional tools: whether they are there, and what would bring them. Nothing here installs a toolchain.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Skip;

/// A tool that runs and says yes.
fn answers(program: &str, arguments: &[&str]) -> bool {
    // rustup must not take the question for an order to download.
    let mut command = Command::new(program);
    command.args(arguments).env("RUSTUP_AUTO_INSTALL", "0");
    command.output().is_ok_and(|output| output.status.success())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).env("RUSTUP_AUTO_INSTALL", "0").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn toolchain_skip(why: String, remedy: String) -> Skip {
    Skip { why, remedy, is_for_ci: false }
}

/// The host triple of the nightly toolchain, if it has the runtime of this sanitizer for it.
pub fn sanitizer(name: &str) -> Result<String, Skip> {
    if !answers("cargo", &["+nightly", "--version"]) {
        let remedy = "rustup toolchain install nightly".to_owned();
        return Err(toolchain_skip("there is no nightly toolchain".to_owned(), remedy));
    }
    let version = said("rustc", &["+nightly", "-vV"]).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("unknown").to_owned();
    let libraries = said("rustc", &["+nightly", "--print", "target-libdir"]).map(PathBuf::from);
    let runtime = format!("librustc-nightly_rt.{name}.a");
    if libraries.is_some_and(|folder| folder.join(runtime).exists()) {
        return Ok(host);
    }
    let remedy = "run it on x86-64 or 64-bit Arm Linux".to_owned();
    Err(toolchain_skip(format!("nightly has no {name} runtime for {host}"), remedy))
}

pub fn miri() -> Result<(), Skip> {
    if answers("cargo", &["+nightly", "miri", "--version"]) {
        return Ok(());
    }
    let remedy = "rustup component add --toolchain nightly miri".to_owned();
    Err(toolchain_skip(
        "Miri is not installed; undefined behaviour that no sanitizer sees is not looked for".to_owned(),
        remedy,
    ))
}

/// What looks at licences and advisories.
pub fn deny() -> Result<(), Skip> {
    subcommand("deny", "the licences and advisories of dependencies are not looked at")
}

/// What compares public APIs.
pub fn semver_checks() -> Result<(), Skip> {
    subcommand("semver-checks", "the public API is not compared with that of the newest release")
}

/// A program of its own that cargo finds by its name, which takes minutes to build: not for CI.
fn subcommand(name: &str, without: &str) -> Result<(), Skip> {
    if answers("cargo", &[name, "--version"]) {
        return Ok(());
    }
    let remedy = format!("cargo install cargo-{name} --locked");
    Err(Skip { why: format!("cargo-{name} is not installed; {without}"), remedy, is_for_ci: false })
}

/// The oldest compiler that the libraries promise to work with.
pub fn oldest_compiler(version: &str) -> Result<String, Skip> {
    let toolchain = format!("+{version}");
    if answers("cargo", &[&toolchain, "--version"]) {
        return Ok(toolchain);
    }
    let remedy = format!("rustup toolchain install {version} --profile minimal");
    Err(toolchain_skip(
        format!("Rust {version} is not installed; the promise is checked by clippy's lint only"),
        remedy,
    ))
}

/// A target without an operating system that is already installed.
pub fn bare_target() -> Option<&'static str> {
    const BARE: [&str; 4] = [
        "x86_64-unknown-none",
        "aarch64-unknown-none",
        "thumbv7em-none-eabihf",
        "riscv32imac-unknown-none-elf",
    ];
    let sysroot = PathBuf::from(said("rustc", &["--print", "sysroot"])?);
    BARE.into_iter().find(|target| sysroot.join("lib/rustlib").join(target).join("lib").exists())
}

/// A compiler for C++, which `who` is written in.
pub fn cpp_compiler(who: &str) -> Result<(), Skip> {
    if answers("c++", &["--version"]) {
        return Ok(());
    }
    let remedy = "apt-get install g++".to_owned();
    Err(Skip { why: format!("{who} needs a C++ compiler"), remedy, is_for_ci: true })
}

/// What the tests of the C and C++ bindings need.
pub fn c_toolchain() -> Result<(), Skip> {
    let programs = ["cc", "c++", "cmake", "pkg-config", "valgrind"];
    packaged("testing the C and C++ bindings", &programs, "apt-get install g++ cmake pkg-config valgrind")
}

/// What counts instructions.
pub fn valgrind() -> Result<(), Skip> {
    if answers("valgrind", &["--version"]) {
        return Ok(());
    }
    let why = "instructions are counted by callgrind".to_owned();
    Err(Skip { why, remedy: "apt-get install valgrind".to_owned(), is_for_ci: true })
}

/// What the tests of the Go binding need.
pub fn go_toolchain() -> Result<(), Skip> {
    // `go` alone has another way of saying its version.
    if !answers("go", &["version"]) {
        return Err(missing("testing the Go binding", "go", "apt-get install golang-go gcc pkg-config"));
    }
    packaged("testing the Go binding", &["cc", "pkg-config"], "apt-get install golang-go gcc pkg-config")
}

/// Programs that Debian has in packages of their own.
fn packaged(who: &str, programs: &[&str], remedy: &str) -> Result<(), Skip> {
    match programs.iter().find(|program| !answers(program, &["--version"])) {
        Some(program) => Err(missing(who, program, remedy)),
        None => Ok(()),
    }
}

fn missing(who: &str, program: &str, remedy: &str) -> Skip {
    Skip { why: format!("{who} needs `{program}`"), remedy: remedy.to_owned(), is_for_ci: true }
}

/// A Python that is new enough and can make virtual environments.
pub fn python() -> Result<&'static str, Skip> {
    const ASKED: [&str; 2] = ["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"];
    if let Some(python) = ["python3", "python"].into_iter().find(|python| answers(python, &ASKED)) {
        return Ok(python);
    }
    let why = "the Python package needs CPython 3.11 or later, with venv".to_owned();
    Err(Skip { why, remedy: "apt-get install python3 python3-venv".to_owned(), is_for_ci: true })
}

/// The compiler and the headers of the C++ rivals.
pub fn cpp_rivals() -> Result<(), Skip> {
    const HEADERS: [&str; 3] = [
        "boost/lockfree/spsc_queue.hpp",
        "readerwriterqueue/readerwriterqueue.h",
        "concurrentqueue/concurrentqueue.h",
    ];
    let is_header = |header: &str| {
        ["/usr/include", "/usr/local/include"].iter().any(|root| Path::new(root).join(header).exists())
    };
    let missing = if !answers("c++", &["--version"]) {
        Some("a C++ compiler")
    } else {
        HEADERS.into_iter().find(|header| !is_header(header))
    };
    let Some(missing) = missing else { return Ok(()) };
    let remedy =
        "apt-get install g++ libboost-dev libreaderwriterqueue-dev libconcurrentqueue-dev".to_owned();
    Err(Skip { why: format!("the C++ rivals need {missing}"), remedy, is_for_ci: true })
}

/// What jemalloc is compiled with.
pub fn jemalloc() -> Result<(), Skip> {
    packaged("compiling jemalloc", &["cc", "make"], "apt-get install gcc make")
}

/// A browser that draws without a screen.
pub fn browser() -> Result<&'static str, Skip> {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    NAMES.into_iter().find(|name| answers(name, &["--version"])).ok_or_else(|| Skip {
        why: "the benchmark's page is looked at in Chromium, which is not here".to_owned(),
        remedy: "apt-get install chromium".to_owned(),
        is_for_ci: false,
    })
}
