//! The side-by-side benchmark of ringfold: see `--help`.

mod broadcast;
mod child;
mod cli;
mod contender;
mod duel;
mod list;
mod machine;
mod many;
mod memory;
mod one_thread;
mod pool;
mod progress;
mod queue;
mod report;
mod ring;
mod rivals;
mod rooms;
mod runner;
mod signal;
mod spsc;
mod stats;
mod stream;
mod versions;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;

use cli::Arguments;
use contender::Case;
use machine::Environment;
use progress::Progress;
use report::{Cell, Report};

fn main() -> ExitCode {
    if let Some(code) = list::answer().or_else(memory::answer) {
        return code;
    }
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    if let Some(file) = &arguments.from {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let report: Report = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a report of this version", file.display()))?;
        publish(&report, None, arguments)?;
        return Ok(ExitCode::SUCCESS);
    }
    let cases = arguments.select(rooms::cases(arguments.room, arguments.scale()))?;
    if arguments.list {
        list(&cases);
        return Ok(ExitCode::SUCCESS);
    }
    let report = measure(arguments, cases)?;
    publish(&report, Some(&arguments.json), arguments)?;
    Ok(if ours_failed(&report) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn list(cases: &[Case]) {
    for case in cases {
        let names: Vec<&str> = case.contenders.iter().map(|contender| contender.name).collect();
        println!("{}/{}: {}\n    {}", case.room, case.topology, case.regime, names.join(", "));
    }
}

fn measure(arguments: &Arguments, cases: Vec<Case>) -> Result<Report> {
    let settings = arguments.settings()?;
    let mut environment = Environment::detect(settings.plan.cores);
    let (started, budget) = (Instant::now(), arguments.budget());
    let mut progress = match budget {
        Some(budget) => Progress::within(budget),
        None => Progress::new(&cases, &settings),
    };
    let outcomes = match budget {
        Some(budget) => runner::run_within(budget, cases, &settings, &mut progress),
        None => cases.into_iter().map(|case| runner::run_case(case, &settings, &mut progress)).collect(),
    };
    progress.finish();
    environment.load_after = machine::load();
    let cells: Vec<Cell> = outcomes.into_iter().map(Cell::of).collect();
    Ok(Report {
        schema: 2,
        environment,
        rounds: cells.iter().map(Cell::rounds).max().unwrap_or(0),
        in_rounds_through_all: budget.is_some(),
        seconds: started.elapsed().as_secs_f64(),
        sample_ms: settings.plan.duration.as_millis() as u64,
        quick: arguments.quick,
        versions: versions::versions(),
        cells,
    })
}

fn publish(report: &Report, json: Option<&Path>, arguments: &Arguments) -> Result<()> {
    print!("{}", report::terminal::tables(report));
    if let Some(json) = json {
        write(json, &serde_json::to_string_pretty(report)?)?;
    }
    write(&arguments.markdown, &report::markdown::table(report))?;
    write(&arguments.html, &report::html::page(report))?;
    println!("\n{}\n{}", arguments.markdown.display(), arguments.html.display());
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    }
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// A rival that fails is a finding; ringfold failing is an error.
fn ours_failed(report: &Report) -> bool {
    let mut entries = report.cells.iter().flat_map(|cell| &cell.entries);
    entries.any(|entry| entry.role.is_ours() && entry.failure.is_some())
}
