//! What follows the ratios: losses, failures, floors, and what other settings give.

use std::fmt::Write;

use super::escaped;
use crate::contender::{Metric, Role};
use crate::report::verdict::Verdict;
use crate::report::{Cell, Comparison, Report, reasons, times, written};

/// Where ringfold is behind and why, and who failed.
pub fn losses(html: &mut String, report: &Report) {
    let headlines = || report.cells.iter().filter_map(|cell| Some((cell, cell.headline()?)));
    if headlines().next().is_none() {
        return;
    }
    let of = |verdict: Verdict| {
        let mut list: Vec<_> =
            headlines().filter(|(_, headline)| Verdict::of(&headline.ratio) == verdict).collect();
        list.sort_by(|one, other| one.1.ratio.median.total_cmp(&other.1.ratio.median));
        list.into_iter().map(|(cell, headline)| loss(cell, headline)).collect::<String>()
    };
    let or_nowhere =
        |list: String| if list.is_empty() { "<li>Nowhere in this run.</li>".to_owned() } else { list };
    let _ = write!(
        html,
        "<h2 id='losses'>Where ringfold loses, and why</h2><h3>In every round</h3><ul class='losses'>{}</ul>\
         <h3>By the median, but not in every round</h3><p class='soft'>The rounds do not agree: not to be told apart within the spread of this run.</p>\
         <details><summary>the list</summary><ul class='losses'>{}</ul></details>",
        or_nowhere(of(Verdict::Behind)),
        or_nowhere(of(Verdict::MostlyBehind)),
    );
}

fn loss(cell: &Cell, headline: &Comparison) -> String {
    let why = match reasons::why(cell, headline) {
        Some((why, Some(page))) => format!("{} (<code>docs/decisions/{page}</code>)", escaped(why)),
        Some((why, None)) => escaped(why),
        None => "Not known.".to_owned(),
    };
    format!(
        "<li><b class='bad'>{}</b> of {} ({:.2} to {:.2}) in <b>{} {}</b>, {}. <span class='soft'>{why}</span></li>",
        times(headline.ratio.median),
        escaped(&headline.theirs),
        headline.ratio.min,
        headline.ratio.max,
        cell.room,
        cell.topology,
        escaped(&cell.regime),
    )
}

/// Who has no figure, or stopped having one.
pub fn failures(html: &mut String, report: &Report) {
    let mut failed = String::new();
    for cell in &report.cells {
        for entry in &cell.entries {
            if let Some(failure) = &entry.failure {
                let _ = write!(
                    failed,
                    "<li><b>{}</b> in {} {}, {}: {}</li>",
                    escaped(&entry.name),
                    cell.room,
                    cell.topology,
                    escaped(&cell.regime),
                    escaped(failure)
                );
            }
        }
    }
    if !failed.is_empty() {
        let _ = write!(html, "<h2>Who failed</h2><ul>{failed}</ul>");
    }
}

/// What the machine does without a ring.
pub fn floors(html: &mut String, report: &Report) {
    // Making and checking items bounds the harness, not the hand-over.
    let is_ceiling = |cell: &Cell| cell.metric == Metric::ItemsPerSecond;
    let rows = |ceilings: bool| -> String {
        report.cells.iter().filter(|cell| is_ceiling(cell) == ceilings).map(floor_rows).collect()
    };
    let (floors, ceilings) = (rows(false), rows(true));
    if floors.is_empty() && ceilings.is_empty() {
        return;
    }
    let table = |rows: String| {
        format!(
            "<div class='scroll narrow'><table><tr><th>regime</th><th></th><th>floor</th><th>ringfold ÷ floor</th></tr>{rows}</table></div>"
        )
    };
    let _ = write!(
        html,
        "<h2 id='floors'>Floors</h2><p class='soft'>What this machine does without a ring, measured in the same rounds: memory copied, a bare \
         cache line sent to the other core and back. A contender with two threads may be faster than one thread.</p>\
         <details><summary>all floors</summary>{}</details>",
        table(floors),
    );
    if !ceilings.is_empty() {
        let _ = write!(
            html,
            "<details><summary>what it takes to make and check the items, on one thread</summary>{}</details>",
            table(ceilings)
        );
    }
}

fn floor_rows(cell: &Cell) -> String {
    let mut rows = String::new();
    for floor in cell.entries.iter().filter(|entry| entry.role == Role::Floor) {
        let Some(figure) = floor.figure else { continue };
        let ours = cell.entries.iter().find(|entry| entry.role == Role::Ours);
        let against = cell
            .comparisons
            .iter()
            .find(|one| ours.is_some_and(|ours| one.ours == ours.name) && one.theirs == floor.name);
        let _ = write!(
            rows,
            "<tr><td>{} {}, {}</td><td class='note'>{}</td><td>{}</td><td>{}</td></tr>",
            cell.room,
            cell.topology,
            escaped(&cell.regime),
            escaped(&floor.name),
            written(cell.metric, figure.median),
            against.map_or("-".into(), |one| times(one.ratio.median)),
        );
    }
    rows
}

/// ringfold as it comes against ringfold with other settings.
pub fn modes(html: &mut String, report: &Report) {
    let mut rows = String::new();
    for cell in &report.cells {
        for mode in cell.modes() {
            let _ = write!(
                rows,
                "<tr><td>{} {}, {}</td><td class='note'>{}</td><td>{}</td><td>{:.2} to {:.2}</td></tr>",
                cell.room,
                cell.topology,
                escaped(&cell.regime),
                escaped(&mode.theirs),
                times(mode.ratio.median),
                mode.ratio.min,
                mode.ratio.max,
            );
        }
    }
    if !rows.is_empty() {
        let _ = write!(
            html,
            "<h2 id='settings'>What other settings give</h2><p class='soft'>ringfold as it comes over ringfold with the settings named. With two \
             threads it sleeps as it comes, when there is nothing to do for long; what that costs is the ratio to spinning.</p>\
             <details><summary>all settings</summary><div class='scroll narrow'><table><tr><th>regime</th><th></th>\
             <th>ratio</th><th>spread</th></tr>{rows}</table></div></details>"
        );
    }
}
