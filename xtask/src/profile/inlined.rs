//! Calls that were inlined, put back into the stacks that perf saw.
//!
//! A fast path is one function in machine code. perf itself finds the calls in it only where it was built with a library that
//! distributions may not link; `addr2line` of the binutils reads them out of the debug information everywhere.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Functions at one address: the innermost first.
type Calls = BTreeMap<u64, Vec<String>>;

/// One line of a stack: `\t  address function (file)`.
struct Frame<'a> {
    address: u64,
    file: &'a str,
}

impl<'a> Frame<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (frame, file) = line.strip_prefix([' ', '\t'])?.trim_start().rsplit_once(" (")?;
        let address = frame.split(' ').next()?;
        Some(Self { address: u64::from_str_radix(address, 16).ok()?, file: file.strip_suffix(')')? })
    }
}

/// The output of `perf script`, with a line more for each inlined call of `program`.
pub fn expand(script: &str, program: &Path) -> Result<String> {
    let name = program.to_string_lossy();
    let addresses: Vec<u64> = frames(script)
        .map(|(_, frame, is_leaf)| (frame, is_leaf))
        .filter_map(|(frame, is_leaf)| {
            let frame = frame.filter(|frame| frame.file == name)?;
            Some(within_call(frame.address, is_leaf))
        })
        .collect();
    Ok(rewrite(script, &name, &look_up(program, addresses)?))
}

/// Each line, the frame on it if it is one, and whether that frame is where the sample was taken.
fn frames(script: &str) -> impl Iterator<Item = (&str, Option<Frame<'_>>, bool)> {
    let mut is_leaf = true;
    script.lines().map(move |line| {
        let frame = Frame::read(line);
        let was_leaf = is_leaf;
        is_leaf = frame.is_none();
        (line, frame, was_leaf)
    })
}

/// A caller's address is where it goes on, which may belong to the next call already.
fn within_call(address: u64, is_leaf: bool) -> u64 {
    if is_leaf { address } else { address.saturating_sub(1) }
}

fn rewrite(script: &str, program: &str, calls: &Calls) -> String {
    let mut text = String::with_capacity(script.len() * 4);
    for (line, frame, is_leaf) in frames(script) {
        let frame = frame.filter(|frame| frame.file == program);
        let found = frame.and_then(|frame| calls.get(&within_call(frame.address, is_leaf)));
        match found {
            Some(functions) => {
                functions.iter().for_each(|function| text += &format!("\t0 {function} ({program})\n"))
            }
            None => text += &format!("{line}\n"),
        }
    }
    text
}

fn look_up(program: &Path, mut addresses: Vec<u64>) -> Result<Calls> {
    addresses.sort_unstable();
    addresses.dedup();
    let mut command = Command::new("addr2line");
    command.args(["-a", "-i", "-f", "-C", "-e"]).arg(program);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("addr2line finds the inlined calls; on Debian: apt-get install binutils")?;
    let mut stdin = child.stdin.take().context("addr2line takes no input")?;
    let asked: String = addresses.iter().map(|address| format!("{address:#x}\n")).collect();
    // On a thread, because addr2line answers before it was asked everything.
    let asking = std::thread::spawn(move || stdin.write_all(asked.as_bytes()));
    let output = child.wait_with_output()?;
    ensure!(output.status.success() && asking.join().is_ok_and(|asked| asked.is_ok()), "addr2line failed");
    Ok(read(&String::from_utf8_lossy(&output.stdout)))
}

/// What `addr2line -a -i -f` says: an address, then a function and a place for each call there.
fn read(said: &str) -> Calls {
    let mut calls = Calls::new();
    let mut address = None;
    let mut lines = said.lines();
    while let Some(line) = lines.next() {
        if let Some(hex) = line.strip_prefix("0x") {
            address = u64::from_str_radix(hex, 16).ok();
            continue;
        }
        // The place, which the graph does not show.
        lines.next();
        if let Some(address) = address.filter(|_| line != "??") {
            calls.entry(address).or_default().push(line.to_owned());
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inlined_calls_come_between_caller_and_callee() {
        let script = "profile 7 1.5: cpu-clock:u: \n\t  5a f+0x1 (/p)\n\t  33 g (/p)\n\t  9 main (/libc)\n\n";
        let calls = read("0x000000000000005a\nload\na.rs:1\nf\nb.rs:2\n0x0000000000000032\ng\nc.rs:3\n");
        let expected =
            "profile 7 1.5: cpu-clock:u: \n\t0 load (/p)\n\t0 f (/p)\n\t0 g (/p)\n\t  9 main (/libc)\n\n";
        assert_eq!(rewrite(script, "/p", &calls), expected);
    }

    #[test]
    fn what_is_not_known_stays() {
        let script = "p 7 1.5: cpu-clock:u: \n\t  5a f (/p)\n";
        assert_eq!(rewrite(script, "/p", &read("0x5a\n??\n??:0\n")), script);
    }
}
