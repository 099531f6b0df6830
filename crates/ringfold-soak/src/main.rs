//! The soak: see `--help`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;
use indicatif::HumanBytes;

use ringfold_soak::rooms::{ROOMS, Room};
use ringfold_soak::run::{Plan, soak};
use ringfold_soak::show::{Live, resident, table};
use ringfold_soak::world::allow_leaks;

const EXAMPLES: &str = "\
Examples:
  cargo xtask soak --minutes 30             all rooms at once
  cargo xtask soak --minutes 1 --seed 7     the same worlds each time
  cargo xtask soak --minutes 5 --room mpsc  one room
  cargo xtask soak --room mpsc --seed 7     one world again and again
  cargo xtask soak --list                   the rooms
";

/// What takes so long without a step has come to nothing.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// All rooms of ringfold under load at once: oversubscribed, with pauses, panics, drops, leaks and changes of who takes part; every item
/// checked. Exits with 1 at the first fault, and says how to see it again.
#[derive(Parser)]
#[command(bin_name = "cargo xtask soak", before_help = EXAMPLES)]
struct Arguments {
    /// For how long.
    #[arg(long, default_value_t = 1.0, value_parser = minutes)]
    minutes: f64,
    /// Where all that is random comes from; with --room, of the one world that is run again and again.
    #[arg(long)]
    seed: Option<u64>,
    /// Only this room.
    #[arg(long)]
    room: Option<String>,
    /// How many worlds at the same time, each of a few threads.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=16))]
    at_once: u8,
    /// How many handles may be forgotten, with the memory that they keep; dropped early after that.
    #[arg(long, default_value_t = 1000)]
    leaks: usize,
    /// Prints the rooms.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.list {
        ROOMS.iter().for_each(|room| println!("{}", room.name));
        return Ok(ExitCode::SUCCESS);
    }
    let rooms = chosen(arguments.room.as_deref())?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let is_same = arguments.seed.is_some() && arguments.room.is_some();
    let duration = Duration::from_secs_f64(arguments.minutes * 60.0);
    println!("seed {seed}");
    allow_leaks(arguments.leaks);
    let at_once = arguments.at_once.into();
    let plan = Plan { rooms: rooms.clone(), duration, seed, is_same, at_once, hangs_after: HANGS_AFTER };
    let (mut memory, mut live) = (Memory::default(), Live::new(&rooms));
    let ended = soak(&plan, |tallies, part| {
        live.show(tallies);
        memory.look(part);
    });
    live.finish();
    match ended {
        Ok(tallies) => {
            println!("{}", table(&rooms, &tallies));
            Ok(memory.verdict())
        }
        Err(failure) => {
            eprintln!("FAULT {failure}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn chosen(name: Option<&str>) -> Result<Vec<Room>> {
    let Some(name) = name else { return Ok(ROOMS.to_vec()) };
    let rooms: Vec<Room> = ROOMS.iter().filter(|room| room.name == name).copied().collect();
    if rooms.is_empty() {
        let names: Vec<&str> = ROOMS.iter().map(|room| room.name).collect();
        bail!("there is no room `{name}`; there are {}", names.join(", "));
    }
    Ok(rooms)
}

/// What the process had in memory as time went by.
#[derive(Default)]
struct Memory {
    start: Option<u64>,
    half: Option<u64>,
    highest: u64,
}

impl Memory {
    /// More than this in the second half, when all that is kept was there long before, is a leak.
    const MOST: u64 = 256 << 20;

    fn look(&mut self, part: f64) {
        let Some(now) = resident() else { return };
        self.highest = self.highest.max(now);
        self.start.get_or_insert(now);
        if part >= 0.5 {
            self.half.get_or_insert(now);
        }
    }

    fn verdict(&self) -> ExitCode {
        let end = resident();
        if let (Some(start), Some(end)) = (self.start, end) {
            let half = self.half.unwrap_or(start);
            println!(
                "memory of the process: {} at the start, {} half-way, {} at the end, {} at most",
                HumanBytes(start),
                HumanBytes(half),
                HumanBytes(end),
                HumanBytes(self.highest)
            );
            if end > half + Self::MOST {
                eprintln!("FAULT memory grows: {} more in the second half", HumanBytes(end - half));
                return ExitCode::FAILURE;
            }
        }
        println!("verified");
        ExitCode::SUCCESS
    }
}

/// Minutes that make no sense.
#[derive(Debug)]
struct NotMinutes;

impl std::fmt::Display for NotMinutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number of minutes above 0, such as 30 or 0.5, and at most 100000")
    }
}

impl std::error::Error for NotMinutes {}

fn minutes(text: &str) -> Result<f64, NotMinutes> {
    text.parse()
        .ok()
        .filter(|minutes| (0.0..=100_000.0).contains(minutes) && *minutes > 0.0)
        .ok_or(NotMinutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
        assert!(minutes("0.5").is_ok() && minutes("0").is_err() && minutes("soon").is_err());
        assert!(chosen(Some("spsc")).is_ok() && chosen(Some("attic")).is_err());
    }
}
