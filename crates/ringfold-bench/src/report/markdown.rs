//! The Markdown table: what a README quotes, with the command for every line.

use std::fmt::Write;

use super::verdict::{Score, Verdict};
use super::{Cell, Report, reasons, times, written};
use crate::stats::median;

/// A summary, a table for each room, and the losses.
pub fn table(report: &Report) -> String {
    let environment = &report.environment;
    let mut text = format!(
        "ringfold ÷ the best rival in each regime, median of {} rounds with the lowest and the highest; above 1 ringfold is ahead. \
         {}, {} cores, {}, {}. Made by `cargo xtask bench --report`",
        report.rounds, environment.cpu, environment.cores, environment.kernel, environment.date,
    );
    text += "; one line of it by `cargo xtask bench` with what stands in its last column.\n";
    if let Some(load) = environment.load_before.filter(|&load| load > 0.5) {
        let _ = writeln!(text, "\n**The machine was not quiet: load {load:.2} before the run.**");
    }
    summary(&mut text, report);
    for (room, cells) in report.rooms() {
        if cells.iter().any(|cell| cell.headline().is_some()) {
            of_room(&mut text, room, &cells);
        }
    }
    losses(&mut text, report);
    text
}

fn summary(text: &mut String, report: &Report) {
    text.push_str(
        "\n| room | regimes | ahead in every round | ahead by the median | level within 2 % | behind by the median | behind in every round | median ratio |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (room, cells) in report.rooms() {
        let score = Score::of(cells.iter().copied());
        let ratios: Vec<f64> =
            cells.iter().filter_map(|cell| cell.headline()).map(|headline| headline.ratio.median).collect();
        let Some(middle) = median(&ratios) else { continue };
        let _ = writeln!(
            text,
            "| `{room}` | {} | {} | {} | {} | {} | {} | {} |",
            score.all(),
            score.ahead,
            score.mostly_ahead,
            score.level,
            score.mostly_behind,
            score.behind,
            times(middle)
        );
    }
}

fn of_room(text: &mut String, room: &str, cells: &[&Cell]) {
    let _ = write!(
        text,
        "\n### {room}\n\n| what | regime | ringfold | ratio | spread | best rival | `cargo xtask bench` |\n|---|---|--:|--:|---|---|---|\n"
    );
    for cell in cells {
        let Some(headline) = cell.headline() else { continue };
        let ours = cell.entries.iter().find(|entry| entry.name == headline.ours);
        let figure = ours
            .and_then(|entry| entry.figure)
            .map_or("-".into(), |figure| written(cell.metric, figure.median));
        let ratio = times(headline.ratio.median);
        let ratio =
            if Verdict::of(&headline.ratio) == Verdict::Ahead { format!("**{ratio}**") } else { ratio };
        let _ = writeln!(
            text,
            "| {} | {} | {figure} | {ratio} | {:.2} to {:.2} | {} | `{}` |",
            cell.topology,
            cell.regime,
            headline.ratio.min,
            headline.ratio.max,
            headline.theirs,
            cell.command(),
        );
    }
}

fn losses(text: &mut String, report: &Report) {
    let behind: Vec<_> = report
        .cells
        .iter()
        .filter_map(|cell| Some((cell, cell.headline()?)))
        .filter(|(_, headline)| Verdict::of(&headline.ratio) == Verdict::Behind)
        .collect();
    if behind.is_empty() {
        return;
    }
    text.push_str("\n### Where ringfold is behind in every round, and why\n\n");
    for (cell, headline) in behind {
        let why = match reasons::why(cell, headline) {
            Some((why, Some(page))) => format!("{why} ([{page}](docs/decisions/{page}))"),
            Some((why, None)) => why.to_owned(),
            None => "Not known.".to_owned(),
        };
        let _ = writeln!(
            text,
            "- `{}` {}, {}: {} of {}. {why}",
            cell.room,
            cell.topology,
            cell.regime,
            times(headline.ratio.median),
            headline.theirs,
        );
    }
}
