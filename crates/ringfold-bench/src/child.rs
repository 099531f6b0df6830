//! Samples that need a process of their own: this program again, told by a variable what to measure.

use std::env;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::contender::Failure;

/// Half a thousand million items take as long as they take; what takes longer than this hangs.
const LIMIT: Duration = Duration::from_secs(180);

/// Starts this program with `order` in the environment variable `variable`, and reads the line that it answers.
pub fn ask<A: DeserializeOwned>(variable: &str, order: &str) -> Result<A, Failure> {
    let setup = |why: std::io::Error| Failure::Setup(why.to_string());
    let mut command = Command::new(env::current_exe().map_err(setup)?);
    let command = command.env(variable, order).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(setup)?;
    if !ends_in_time(&mut child) {
        let _ = child.kill();
        let _ = child.wait();
        return Err(Failure::Deadline);
    }
    let output = child.wait_with_output().map_err(setup)?;
    serde_json::from_slice(&output.stdout).map_err(|_| Failure::Panicked)
}

/// The answer is a line, which fits any pipe, so the child never waits for us.
fn ends_in_time(child: &mut Child) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        match child.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(2)),
            _ => return true,
        }
    }
    false
}
