//! The page's first pictures: every regime a dot on one logarithmic axis, room by room, then each with its range and name;
//! the same for processor time.

use std::fmt::Write;

use super::escaped;
use crate::contender::Metric;
use crate::report::verdict::{Score, Verdict};
use crate::report::{Cell, Report, plot, times};
use crate::stats::Summary;

/// A dot for each regime, a row for each room.
pub fn strip(html: &mut String, report: &Report) {
    let rooms: Vec<_> = report.rooms().into_iter().filter(|(_, cells)| has_headline(cells)).collect();
    if rooms.is_empty() {
        return;
    }
    html.push_str(
        "<h2 id='ratios'>ringfold ÷ best rival</h2><p class='soft'>Each dot is a regime: the median of the ratios, paired by round, of ringfold \
         as it comes to the fastest rival of that regime. Right of the line ringfold is ahead, to the left it is behind; pale where the \
         rounds do not agree; grey within 2 % of each other. A bar at the edge lies beyond it. To the right: regimes ahead, level and behind.</p><div class='card strip'>",
    );
    html.push_str(&axis());
    for (room, cells) in rooms {
        let score = Score::of(cells.iter().copied());
        let dots: String = cells
            .iter()
            .filter_map(|cell| cell.headline())
            .enumerate()
            .map(|(index, headline)| plot::dot(&headline.ratio, 5.0 + 5.0 * (index % 4) as f64))
            .collect();
        let _ = write!(
            html,
            "<div class='row'><a class='name' href='#{room}'>{room}</a>\
             <span class='bars'><svg viewBox='0 0 100 26' preserveAspectRatio='none' aria-label='ratios of {room}'>{}{dots}</svg></span>\
             <span class='figure'>{} · {} · {}</span></div>",
            plot::ratio_grid(26.0),
            score.ahead + score.mostly_ahead,
            score.level,
            score.mostly_behind + score.behind,
        );
    }
    html.push_str("</div>");
}

/// The same with ranges and names, best first.
pub fn by_room(html: &mut String, report: &Report) {
    html.push_str("<div class='columns ratios'>");
    for (room, cells) in report.rooms().into_iter().filter(|(_, cells)| has_headline(cells)) {
        let mut rows: Vec<Row> = cells
            .iter()
            .filter_map(|cell| {
                let headline = cell.headline()?;
                let unit = if cell.metric == Metric::Memory { "memory " } else { "" };
                Some(Row { cell, ratio: headline.ratio, against: format!("{unit}÷ {}", headline.theirs) })
            })
            .collect();
        card(html, room, &mut rows);
    }
    html.push_str("</div>");
}

/// Processor time, which a spinning rival pays for its speed.
pub fn cpu(html: &mut String, report: &Report) {
    let rooms: Vec<_> = report
        .rooms()
        .into_iter()
        .filter(|(_, cells)| cells.iter().any(|cell| is_threaded(cell) && cell.cpu().is_some()))
        .collect();
    if rooms.is_empty() {
        return;
    }
    html.push_str(
        "<h2 id='cpu'>Processor time</h2><p class='soft'>CPU seconds of all threads together, the fastest rival's ÷ ringfold's, for the same \
         number of items; for messages that come now and then, in the same time. Right of the line ringfold takes less. Who spins takes a core \
         for each thread, whether there is something to do or not. Everybody's figures are in the tables below.</p><div class='columns ratios'>",
    );
    for (room, cells) in rooms {
        let mut rows: Vec<Row> = cells
            .iter()
            .filter(|cell| is_threaded(cell))
            .filter_map(|cell| {
                let cpu = cell.cpu()?;
                let (ours, theirs) = (cell.cpu_written(cpu.ours), cell.cpu_written(cpu.theirs));
                let against = format!("{ours}; {}: {theirs}", cpu.headline.theirs);
                Some(Row { cell, ratio: cpu.ratio, against })
            })
            .collect();
        card(html, room, &mut rows);
    }
    html.push_str("</div>");
}

fn has_headline(cells: &[&Cell]) -> bool {
    cells.iter().any(|cell| cell.headline().is_some())
}

fn is_threaded(cell: &Cell) -> bool {
    cell.sides.0 + cell.sides.1 > 1
}

struct Row<'a> {
    cell: &'a Cell,
    ratio: Summary,
    against: String,
}

fn card(html: &mut String, room: &str, rows: &mut [Row]) {
    rows.sort_by(|one, other| other.ratio.median.total_cmp(&one.ratio.median));
    let _ = write!(html, "<div class='card'><h3>{room}</h3>{}", axis());
    for Row { cell, ratio, against } in rows {
        let verdict = Verdict::of(ratio);
        let _ = write!(
            html,
            "<div class='row {}'><span class='name' title='{}'><b>{}</b> <span class='regime'>{}</span> <small>{}</small></span>\
             <span class='bars'>{}</span><span class='figure' title='{:.2} to {:.2}'>{}</span></div>",
            verdict.class(),
            escaped(&cell.regime),
            cell.topology,
            escaped(shortened(&cell.regime)),
            escaped(against),
            plot::dot_and_range(ratio),
            ratio.min,
            ratio.max,
            times(ratio.median),
        );
    }
    html.push_str("</div>");
}

/// Without the ring's size, which follows from the packet's in the rooms that name both.
fn shortened(regime: &str) -> &str {
    regime.split_once(", in a ").map_or(regime, |(start, _)| start)
}

/// The numbers over the grid.
fn axis() -> String {
    let labels: String = plot::RATIOS
        .iter()
        .map(|&(ratio, label)| format!("<i style='left:{:.2}%'>{label}</i>", plot::ratio_x(ratio)))
        .collect();
    format!("<div class='row axis-row'><span></span><span class='bars'>{labels}</span><span></span></div>")
}
