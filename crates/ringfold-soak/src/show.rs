//! What a person sees: a line for each room while it runs, and a table in the end.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use indicatif::{HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressStyle};

use crate::rooms::Room;
use crate::tally::{HEADER, Tally};

/// A terminal gets lines that change, anything else a line now and then.
pub struct Live {
    bars: Vec<ProgressBar>,
    names: Vec<&'static str>,
    drawn: Instant,
    said: Instant,
    _lines: MultiProgress,
}

impl Live {
    /// A line for each room.
    pub fn new(rooms: &[Room]) -> Self {
        let lines = MultiProgress::new();
        let style =
            ProgressStyle::with_template("{spinner} {prefix:18} {msg}").expect("the template is well-formed");
        let bar = |room: &Room| {
            lines.add(ProgressBar::new_spinner().with_style(style.clone()).with_prefix(room.name))
        };
        let bars = rooms.iter().map(bar).collect();
        let names = rooms.iter().map(|room| room.name).collect();
        Self { bars, names, drawn: Instant::now(), said: Instant::now(), _lines: lines }
    }

    /// Shows the figures, if it is time.
    pub fn show(&mut self, tallies: &[Arc<Tally>]) {
        if self.drawn.elapsed() < Duration::from_millis(500) {
            return;
        }
        self.drawn = Instant::now();
        for (bar, tally) in self.bars.iter().zip(tallies) {
            bar.set_message(line(tally));
            bar.tick();
        }
        if self.bars.iter().all(ProgressBar::is_hidden) && self.said.elapsed() > Duration::from_secs(60) {
            self.said = Instant::now();
            for (name, tally) in self.names.iter().zip(tallies) {
                eprintln!("{name:18} {}", line(tally));
            }
            eprintln!();
        }
    }

    /// Takes the lines away.
    pub fn finish(&self) {
        self.bars.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn line(tally: &Tally) -> String {
    format!(
        "{} worlds, {} items, {} threads killed, {} leaks, {} laps",
        HumanCount(tally.worlds.value()),
        HumanCount(tally.items.value()),
        HumanCount(tally.killed.value()),
        HumanCount(tally.leaked.value()),
        HumanCount(tally.laps.value()),
    )
}

/// The figures of every room, and of all together.
pub fn table(rooms: &[Room], tallies: &[Arc<Tally>]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["room"].into_iter().chain(HEADER));
    let mut total = [0; HEADER.len()];
    for (room, tally) in rooms.iter().zip(tallies) {
        let figures = tally.figures();
        total.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        table.add_row(row(room.name, figures));
    }
    table.add_row(row("all", total));
    for column in 1..=HEADER.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn row(name: &str, figures: [u64; HEADER.len()]) -> Vec<String> {
    let written = HEADER.iter().zip(figures).map(|(what, figure)| match *what {
        "bytes" => HumanBytes(figure).to_string(),
        _ => HumanCount(figure).to_string(),
    });
    [name.to_owned()].into_iter().chain(written).collect()
}

/// What this process has in memory, in bytes, where the system says so.
pub fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}
