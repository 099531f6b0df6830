//! Where the time of one path goes: sampled by perf, drawn as a flame graph.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use inferno::collapse::Collapse;
use inferno::collapse::perf::{Folder, Options as Collapsing};
use inferno::flamegraph;

use super::inlined;
use crate::workspace::Workspace;

/// The function that runs the path's operations; what is outside of it is set-up. `ringfold-profile` has it.
const MEASURED: &str = "ringfold_measured";
/// The processor's clock of the thread, which needs no counters in hardware and so works in virtual machines.
const EVENT: &str = "cpu-clock:u";
/// Samples per second; prime, so as not to march in step with anything.
const RATE: &str = "1997";

/// Runs a path for so many seconds and draws it; where the drawing is.
pub fn draw(workspace: &Workspace, program: &Path, path: &str, seconds: u64) -> Result<PathBuf> {
    let folder = workspace.target.join("xtask");
    fs::create_dir_all(&folder)?;
    let data = folder.join("perf.data");
    record(program, path, seconds, &data)?;
    let stacks = stacks(&data, program)?;
    let svg = folder.join(format!("flame-{}.svg", path.replace('/', "-")));
    let mut options = flamegraph::Options::default();
    options.title = path.to_owned();
    options.subtitle = Some(format!("{} samples in {seconds} s, set-up left out", samples(&stacks)));
    options.count_name = "samples".to_owned();
    let lines = stacks.iter().map(String::as_str);
    flamegraph::from_lines(&mut options, lines, File::create(&svg)?)?;
    print(&stacks)?;
    Ok(svg)
}

fn record(program: &Path, path: &str, seconds: u64, data: &Path) -> Result<()> {
    let mut command = Command::new("perf");
    command.args(["record", "--quiet", "-e", EVENT, "-F", RATE, "--call-graph", "fp", "-o"]).arg(data);
    command.arg("--").arg(program).args(["run", path]).arg(seconds.to_string());
    println!("Sampling {path} for {seconds} s ..");
    let Ok(output) = command.output() else {
        bail!(
            "perf is not here; on Debian: apt-get install linux-perf; elsewhere it comes with the kernel's tools"
        );
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let paranoid = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
    bail!(
        "perf could not sample {path}:\n{}\n\nIf it may not: `sysctl kernel.perf_event_paranoid=2` or lower lets everybody sample their own programs \
         (it is `{}`), and a container needs the capability PERFMON, or a seccomp profile that allows perf_event_open. \
         Without perf there is still `cargo xtask profile --instructions`.",
        said.trim(),
        paranoid.trim()
    )
}

/// The stacks that perf saw, each as one line `outermost;..;innermost count`, from below the measured function on.
fn stacks(data: &Path, program: &Path) -> Result<Vec<String>> {
    let mut command = Command::new("perf");
    command.args(["script", "-F", "comm,tid,time,event,ip,sym,dso", "-i"]).arg(data);
    let output = command.output().context("cannot start perf")?;
    ensure!(output.status.success(), "perf cannot read what it recorded");
    let script = inlined::expand(&String::from_utf8_lossy(&output.stdout), program)?;
    let mut collapsed = Vec::new();
    Folder::from(Collapsing::default()).collapse(script.as_bytes(), &mut collapsed)?;
    let stacks: Vec<String> = String::from_utf8_lossy(&collapsed).lines().filter_map(inside).collect();
    ensure!(!stacks.is_empty(), "perf saw nothing of the operations; try more `--seconds`");
    Ok(stacks)
}

/// A stack without what is above the measured function; none if it is not in it.
fn inside(stack: &str) -> Option<String> {
    let at = stack.find(MEASURED)?;
    let below = stack[at + MEASURED.len()..].trim_start_matches(';');
    // What the function itself does is the count alone.
    let named = if below.starts_with(' ') { format!("loop{below}") } else { below.to_owned() };
    Some(named)
}

fn samples(stacks: &[String]) -> u64 {
    stacks.iter().filter_map(|stack| count(stack)).sum()
}

fn count(stack: &str) -> Option<u64> {
    stack.rsplit(' ').next()?.parse().ok()
}

/// The functions in which most of the time was spent, with the share of each.
fn print(stacks: &[String]) -> Result<()> {
    const SHOWN: usize = 12;
    let mut own: Vec<(&str, u64)> = Vec::new();
    for stack in stacks {
        let Some((frames, count)) =
            stack.rsplit_once(' ').and_then(|(frames, count)| Some((frames, count.parse::<u64>().ok()?)))
        else {
            continue;
        };
        let leaf = frames.rsplit(';').next().unwrap_or(frames);
        match own.iter_mut().find(|(name, _)| *name == leaf) {
            Some((_, sum)) => *sum += count,
            None => own.push((leaf, count)),
        }
    }
    own.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all = samples(stacks).max(1);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{all} samples of the loop, by the function in which they fell (inlined ones by their own names;"
    )?;
    writeln!(out, "`black_box` and `loop` are the harness; both sides of a ring take turns on one thread):")?;
    for (name, count) in own.into_iter().take(SHOWN) {
        let share = count as f64 / all as f64 * 100.0;
        writeln!(out, "{share:>5.1} %  {:<20} {name}", "#".repeat((share / 5.0).round() as usize))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_up_is_cut_away() {
        assert_eq!(inside("profile;main;ringfold_measured;push;write 7").as_deref(), Some("push;write 7"));
        assert_eq!(inside("profile;main;ringfold_measured 3").as_deref(), Some("loop 3"));
        assert_eq!(inside("profile;main;mmap 9"), None);
        assert_eq!(samples(&["push;write 7".into(), "loop 3".into()]), 10);
    }
}
