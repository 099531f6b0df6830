//! What the tests share.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::env;
use std::process::Command;

use ringfold_memory::{Memory, Mirror, Options};

/// Options for a hardware mirror or an error.
pub fn hardware() -> Options {
    Options::new().memory(Memory::Mirror)
}

/// Options for a soft mirror.
pub fn soft() -> Options {
    Options::new().memory(Memory::Soft)
}

/// Options for each kind of mirror that this build has; under Miri and loom only the soft one.
pub fn kinds() -> Vec<Options> {
    if cfg!(any(miri, loom)) { vec![soft()] } else { vec![hardware(), soft()] }
}

/// Checks through every 61st byte that what is written in one half appears in the other, and leaves zeros.
pub fn assert_aliases(mirror: &Mirror) {
    let (base, period) = (mirror.base(), mirror.period());
    for offset in (0..period).step_by(61).chain([period - 1]) {
        let value = (offset % 251 + 1) as u8;
        // SAFETY: offset < period, and the mirror belongs to this test alone.
        unsafe {
            base.add(offset).write(value);
            mirror.sync(offset, 1);
            assert_eq!(base.add(offset + period).read(), value);
            base.add(offset + period).write(0);
            mirror.sync(offset + period, 1);
            assert_eq!(base.add(offset).read(), 0);
        }
    }
}

/// Runs `body` in a process of its own, where it may set limits that must not leak into other tests. `name` is the
/// name of the test that calls this: the child is this test binary again, told to run that test only.
pub fn in_child(name: &str, body: fn()) {
    const VARIABLE: &str = "RINGFOLD_TEST_CHILD";
    if env::var(VARIABLE).as_deref() == Ok(name) {
        return body();
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, name)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{name}: {}\n{out}\n{err}", output.status);
    err.lines().filter(|line| line.starts_with("skipped")).for_each(|line| eprintln!("{line}"));
}

/// The lines of `/proc/self/maps` that overlap the mirror at `base`.
#[cfg(target_os = "linux")]
pub fn mappings_at(base: usize, bytes: usize) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let overlaps = |line: &&str| {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let address = |text| usize::from_str_radix(text, 16).unwrap();
        address(start) < base + bytes && base < address(end)
    };
    maps.lines().filter(overlaps).count()
}
