//! What a ring takes, measured in a process of its own, held against what is known.

use std::process::Command;

use serde_json::Value;

/// Slots of eight bytes.
const SLOTS: u64 = 1024;

fn bytes_of(room: &str, name: &str) -> u64 {
    let order = serde_json::json!({ "room": room, "name": name, "capacity": SLOTS }).to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfold-bench"));
    let output = command.env("RINGFOLD_BENCH_MEMORY_SAMPLE", order).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["Bytes"].as_u64().unwrap_or_else(|| panic!("{answer}"))
}

/// A deque's buffer is what was asked for and a header; ringfold's ring has whole pages, and two more KiB for cursors and sleepers at most. Twice
/// the pages would be both halves of the mirror.
#[test]
#[cfg(target_os = "linux")]
fn what_is_known_is_measured() {
    let payload = 8 * SLOTS;
    for (name, most) in [("Mutex<VecDeque>", payload + 1024), ("ringfold", payload + 2048)] {
        let bytes = bytes_of("spsc", name);
        assert!((payload..most).contains(&bytes), "{name}: {bytes}");
    }
    // Each slot has a mark of eight bytes beside it.
    let bytes = bytes_of("mpsc", "ringfold mpsc");
    assert!((2 * payload..2 * payload + 4096).contains(&bytes), "{bytes}");
}
