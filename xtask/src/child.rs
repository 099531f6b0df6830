//! Child processes: what they say goes to a log, and to the terminal when asked.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What a child left behind.
pub struct Outcome {
    pub ended: Ended,
    /// Both of its streams, in the order it wrote them.
    pub output: String,
    pub log: PathBuf,
}

/// Runs `command` to its end or for at most `limit`, with both streams in the file `log`, and on the terminal if
/// `is_verbose`.
pub fn run(mut command: Command, log: &Path, limit: Duration, is_verbose: bool) -> Result<Outcome> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer).stdin(std::process::Stdio::null());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(&command)))?;
    // The command holds the writing ends too; without them gone the pipe never ends.
    drop(command);
    let process = child.id();
    let (is_over, over) = mpsc::channel();
    let watch = std::thread::spawn(move || {
        let too_late = over.recv_timeout(limit).is_err();
        if too_late {
            kill_with_descendants(process);
        }
        too_late
    });
    let mut output = String::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(file, "{line}")?;
        if is_verbose {
            println!("    {line}");
        }
        output.push_str(&line);
        output.push('\n');
    }
    let is_success = child.wait()?.success();
    // The watch may have given up on its own; then nobody listens.
    let _ = is_over.send(());
    let ended = match watch.join() {
        Ok(true) => Ended::TooLate,
        _ if is_success => Ended::Well,
        _ => Ended::Badly,
    };
    Ok(Outcome { ended, output, log: log.to_owned() })
}

/// Stops a process and all that it started. A test that hangs keeps the pipe open after cargo is gone.
fn kill_with_descendants(process: u32) {
    let Ok(table) = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output() else { return };
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    let mut victims = vec![process];
    let mut seen = 0;
    while let Some(parent) = victims.get(seen).copied() {
        victims.extend(children(&table, parent));
        seen += 1;
    }
    let victims = victims.iter().map(u32::to_string);
    // Some may have ended by themselves.
    let _ = Command::new("kill").arg("-KILL").args(victims).output();
}

/// The processes in a table of `pid ppid` lines that `parent` started.
fn children(table: &str, parent: u32) -> Vec<u32> {
    let row = |line: &str| {
        let (process, parent) = line.trim().split_once(' ')?;
        Some((process.parse().ok()?, parent.trim().parse::<u32>().ok()?))
    };
    table.lines().filter_map(row).filter(|(_, of)| *of == parent).map(|(process, _)| process).collect()
}

/// How a child with a limit on its time ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Well,
    Badly,
    /// It was stopped when its time was over.
    TooLate,
}

/// Runs `command` for at most `limit`, with both streams in the file `log`.
pub fn run_within(mut command: Command, log: &Path, limit: Duration) -> Result<Ended> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdout(file.try_clone()?).stderr(file).stdin(std::process::Stdio::null());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(&command)))?;
    let end = Instant::now() + limit;
    loop {
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(Ended::TooLate);
        }
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Ended::Well } else { Ended::Badly });
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A command as one would type it, with the environment it sets.
pub fn shown(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())));
        }
    }
    words.push(command.get_program().to_string_lossy().into_owned());
    words.extend(command.get_args().map(|argument| quoted(&argument.to_string_lossy())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_=./,:+@".contains(c));
    if is_plain { word.to_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rustc(arguments: &[&str]) -> Command {
        let mut command = Command::new("rustc");
        command.args(arguments);
        command
    }

    #[test]
    fn a_table_of_processes_is_read() {
        assert_eq!(children("    1     0\n  12     1\n 345    12\n   7     1\n", 1), [12, 7]);
    }

    #[test]
    #[cfg(unix)]
    fn what_hangs_is_stopped_with_all_that_it_started() {
        let log = std::env::temp_dir().join(format!("ringfold-xtask-hang-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", "echo before; sleep 600 & wait"]);
        let start = Instant::now();
        let hung = run(command, &log, Duration::from_millis(300), false).unwrap();
        assert_eq!((hung.ended, hung.output.as_str()), (Ended::TooLate, "before\n"));
        assert!(start.elapsed() < Duration::from_secs(300));
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn output_and_success_come_back() {
        let folder = std::env::temp_dir().join(format!("ringfold-xtask-{}", std::process::id()));
        const MINUTE: Duration = Duration::from_secs(60);
        let good = run(rustc(&["--version"]), &folder.join("good.log"), MINUTE, false).unwrap();
        assert!(good.ended == Ended::Well && good.output.starts_with("rustc "));
        assert_eq!(fs::read_to_string(&good.log).unwrap(), good.output);
        let bad = run(rustc(&["--no-such-flag"]), &folder.join("bad.log"), MINUTE, false).unwrap();
        assert!(bad.ended == Ended::Badly && bad.output.contains("no-such-flag"));
        assert!(
            run(Command::new("ringfold-no-such-program"), &folder.join("none.log"), MINUTE, false).is_err()
        );
        let ended = run_within(rustc(&["--version"]), &folder.join("in.log"), MINUTE).unwrap();
        assert_eq!(ended, Ended::Well);
        let late = run_within(rustc(&["--version"]), &folder.join("late.log"), Duration::ZERO).unwrap();
        assert_eq!(late, Ended::TooLate);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = rustc(&["--cfg", "a b"]);
        command.env("RUSTFLAGS", "--cfg loom");
        assert_eq!(shown(&command), "RUSTFLAGS='--cfg loom' rustc --cfg 'a b'");
    }
}
