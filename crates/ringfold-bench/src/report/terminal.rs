//! The tables on the terminal: ratios first, then everybody's figures.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use super::{Cell, Comparison, Entry, Report, times, written};
use crate::contender::{Metric, Role};
use crate::stats::Summary;

/// Nobody reads more tables than these on a terminal.
const MOST: usize = 60;

/// Everything, as text; of a run through all rooms the ratios only.
pub fn tables(report: &Report) -> String {
    let mut text = environment(report);
    if report.cells.iter().any(|cell| cell.headline().is_some()) {
        text +=
            "\nringfold ÷ best rival (median of the ratios, paired by round; above 1 ringfold is faster)\n\n";
        text += &ratios(report);
    }
    text += &prices(report);
    if report.cells.len() > MOST {
        return text + "\n\nEverybody's figures are on the page.\n";
    }
    for cell in &report.cells {
        text += &format!("\n\n{} · {}\n\n{}", cell.topology, cell.regime, figures(cell));
    }
    text + "\n\n~ marks figures whose rounds lie further apart than 20 % of their median.\n"
}

fn environment(report: &Report) -> String {
    let environment = &report.environment;
    let pinned = match environment.pinned {
        Some((first, second)) => format!("threads on cores {first} and {second}"),
        None => "threads NOT pinned".into(),
    };
    let mut text = format!(
        "{} · {} cores · {} · {} · {pinned} · {} rounds of {} ms\n",
        environment.cpu,
        environment.cores,
        environment.kernel,
        environment.date,
        report.rounds,
        report.sample_ms,
    );
    if let Some(load) = environment.load_before.filter(|&load| load > 0.5) {
        text += &format!("The machine was not quiet: load {load:.2} before the run.\n");
    }
    if !environment.optimised {
        text += "NOT OPTIMISED: run with --release; these figures mean nothing.\n";
    }
    text
}

fn ratios(report: &Report) -> String {
    let mut table =
        new_table(&["topology", "regime", "ratio", "min..max", "best rival", "", "÷ tuned", "÷ floors"]);
    for cell in &report.cells {
        let Some(headline) = cell.headline() else { continue };
        let modes: Vec<String> = cell.modes().map(|mode| times(mode.ratio.median)).collect();
        let verdict = if headline.ratio.median >= 1.0 { "" } else { "LOSES" };
        table.add_row([
            cell.topology.clone(),
            cell.regime.clone(),
            times(headline.ratio.median),
            format!("{:.2}..{:.2}", headline.ratio.min, headline.ratio.max),
            headline.theirs.clone(),
            verdict.into(),
            modes.join(", "),
            floors(cell),
        ]);
    }
    table.to_string()
}

/// What is measured against itself without something: there are no rivals in it.
fn prices(report: &Report) -> String {
    let cells = report.cells.iter().filter(|cell| cell.headline().is_none());
    let prices = cells.flat_map(|cell| cell.comparisons.iter().map(move |price| (cell, price)));
    prices
        .map(|(cell, Comparison { ours, theirs, ratio, .. })| {
            let Summary { median, min, max } = *ratio;
            format!("\n{}: “{ours}” is {} ({min:.2}..{max:.2}) of “{theirs}”", cell.topology, times(median))
        })
        .collect()
}

/// The floors that bound a hand-over; making and checking items is not one.
fn floors(cell: &Cell) -> String {
    let bounds = cell.comparisons.iter().filter(|comparison| {
        comparison.theirs_role == Role::Floor
            && cell.metric != Metric::ItemsPerSecond
            && cell.headline().is_some_and(|headline| headline.ours == comparison.ours)
    });
    let texts: Vec<String> =
        bounds.map(|bound| format!("{} {}", times(bound.ratio.median), bound.theirs)).collect();
    texts.join(", ")
}

fn figures(cell: &Cell) -> String {
    let mut table = if cell.metric == Metric::Latency {
        new_table(&["", "p50", "", "p99", "p99.9", "max", "cores", "how"])
    } else {
        new_table(&["", "median", "", "min", "max", "cores", "how"])
    };
    for entry in cell.ranking() {
        table.add_row(row(cell.metric, entry));
    }
    if let Some(columns) = table.column_iter_mut().len().checked_sub(1) {
        for column in 1..columns {
            table.column_mut(column).expect("counted").set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn row(metric: Metric, entry: &Entry) -> Vec<String> {
    let mut row = vec![match entry.role {
        Role::Floor => format!("[{}]", entry.name),
        Role::Aside => format!("({})", entry.name),
        _ => entry.name.clone(),
    }];
    let figures: Vec<f64> = match (&entry.latency, entry.figure) {
        (Some(latency), Some(_)) => {
            [latency.p50, latency.p99, latency.p999, latency.max].map(|nanos| nanos as f64).into()
        }
        (None, Some(figure)) => vec![figure.median, figure.min, figure.max],
        (_, None) => vec![f64::NAN; if metric == Metric::Latency { 4 } else { 3 }],
    };
    for (column, figure) in figures.into_iter().enumerate() {
        row.push(if figure.is_nan() { "-".into() } else { written(metric, figure) });
        if column == 0 {
            row.push(if entry.noisy() { "~".into() } else { String::new() });
        }
    }
    row.push(entry.busy_cores.map_or("-".into(), |cores| format!("{cores:.2}")));
    let mut how = vec![];
    if matches!(entry.role, Role::Rival | Role::Aside) {
        how.push(entry.wait.clone());
    }
    how.extend(entry.failure.clone());
    how.extend(Some(shortened(&entry.note)).filter(|note| !note.is_empty()));
    row.push(how.join("; "));
    row
}

/// The page has the whole note.
fn shortened(note: &str) -> String {
    match note.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &note[..end]),
        None => note.to_owned(),
    }
}

fn new_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header);
    table
}
