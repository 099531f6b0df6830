//! The page: one file, no script, no font, nothing from elsewhere; readable on a phone, dark or light.

use std::fmt::Write;

use super::{Cell, Entry, Report, plot, times, written};
use crate::contender::{Metric, Role};

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>ringfold benchmark</title><style>{STYLE}</style></head><body>\n"
    );
    head(&mut html, report);
    ratios(&mut html, report);
    losses(&mut html, report);
    floors(&mut html, report);
    modes(&mut html, report);
    for topology in topologies(report) {
        section(&mut html, report, topology);
    }
    method(&mut html, report);
    html + "</body></html>\n"
}

/// Text as it may stand between tags and in quotes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}

fn head(html: &mut String, report: &Report) {
    let environment = &report.environment;
    let _ = write!(html, "<h1>ringfold, side by side</h1><p class='verdict'>{}</p>", verdict(report));
    if !environment.optimised {
        html.push_str("<p class='bad'>Built without optimisation: these figures mean nothing.</p>");
    }
    if environment.load_before.is_some_and(|load| load > 0.5) {
        html.push_str(
            "<p class='bad'>The machine was busy with something else before the run; see the load below.</p>",
        );
    }
    let pinned = match environment.pinned {
        Some((first, second)) => format!("pinned to cores {first} and {second}"),
        None => "not pinned".into(),
    };
    let load = |load: Option<f64>| load.map_or("unknown".into(), |load| format!("{load:.2}"));
    let noisy = entries(report).filter(|entry| entry.noisy()).count();
    let facts = [
        (
            "processor",
            format!("{}, {} cores usable, {}", environment.cpu, environment.cores, environment.architecture),
        ),
        ("system", environment.kernel.clone()),
        ("threads", pinned),
        (
            "load",
            format!(
                "{} before, {} after (the run itself counts for up to 2)",
                load(environment.load_before),
                load(environment.load_after)
            ),
        ),
        ("date", environment.date.clone()),
        (
            "rounds",
            format!(
                "{} of {} ms, after one that does not count{}",
                report.rounds,
                report.sample_ms,
                if report.quick { "; quick: fewer regimes" } else { "" }
            ),
        ),
        (
            "spread",
            format!(
                "{noisy} of {} figures have rounds further apart than 20 % of their median; they are marked ~",
                entries(report).count()
            ),
        ),
    ];
    html.push_str("<dl>");
    for (name, fact) in facts {
        let _ = write!(html, "<dt>{name}</dt><dd>{}</dd>", escaped(&fact));
    }
    let _ = write!(html, "<dt>command</dt><dd><code>{}</code></dd></dl><nav>", escaped(&environment.command));
    for topology in topologies(report) {
        let _ = write!(html, "<a href='#{topology}'>{topology}</a>");
    }
    html.push_str("</nav>");
}

fn verdict(report: &Report) -> String {
    let ratios: Vec<f64> =
        report.cells.iter().filter_map(Cell::headline).map(|headline| headline.ratio.median).collect();
    if ratios.is_empty() {
        return "ringfold did not take part in this run; these are its rivals.".into();
    }
    let won = ratios.iter().filter(|ratio| **ratio >= 1.0).count();
    format!(
        "ringfold is faster than the best rival in <b>{won} of {}</b> regimes. Quote the ratios, not the figures: \
         the figures belong to this machine.",
        ratios.len()
    )
}

fn ratios(html: &mut String, report: &Report) {
    if report.cells.iter().all(|cell| cell.headline().is_none()) {
        return;
    }
    html.push_str(
        "<h2>ringfold ÷ best rival</h2><p class='soft'>Median of the ratios, paired by round, with the lowest and the \
         highest; right of the dashed line ringfold is faster. Logarithmic, from ⅛ to 16.</p><div class='card ratios'>",
    );
    for cell in &report.cells {
        let Some(headline) = cell.headline() else { continue };
        let loses = if headline.ratio.median < 1.0 { "loses" } else { "" };
        let _ = write!(
            html,
            "<div class='row {loses}'><span class='name'>{}</span><span class='regime soft'>{}</span>\
             <span class='bars'>{}</span><span class='figure'>{}</span><small class='against'>{}</small></div>",
            cell.topology,
            escaped(&cell.regime),
            plot::ratio_bar(headline),
            times(headline.ratio.median),
            escaped(&headline.theirs),
        );
    }
    html.push_str("</div>");
}

fn losses(html: &mut String, report: &Report) {
    let mut list = String::new();
    for cell in &report.cells {
        let Some(headline) = cell.headline().filter(|headline| headline.ratio.median < 1.0) else { continue };
        let _ = write!(
            list,
            "<li>{}, {}: {} of {} ({:.2} to {:.2})</li>",
            cell.topology,
            escaped(&cell.regime),
            times(headline.ratio.median),
            escaped(&headline.theirs),
            headline.ratio.min,
            headline.ratio.max,
        );
    }
    if report.cells.iter().any(|cell| cell.headline().is_some()) {
        let list = if list.is_empty() { "<li>Nowhere in this run.</li>".to_owned() } else { list };
        let _ = write!(html, "<h2>Where ringfold loses</h2><ul>{list}</ul>");
    }
    let mut failed = String::new();
    for cell in &report.cells {
        for entry in &cell.entries {
            if let Some(failure) = &entry.failure {
                let _ = write!(
                    failed,
                    "<li><b>{}</b> in {}, {}: {}</li>",
                    escaped(&entry.name),
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

fn floors(html: &mut String, report: &Report) {
    let mut rows = String::new();
    for cell in &report.cells {
        for floor in cell.entries.iter().filter(|entry| entry.role == Role::Floor) {
            let Some(figure) = floor.figure else { continue };
            let against = |role: Role| {
                let ours = cell.entries.iter().find(|entry| entry.role == role)?;
                let all = cell.comparisons.iter();
                let mut all = all.filter(|one| one.ours == ours.name && one.theirs == floor.name);
                all.next().map(|one| times(one.ratio.median))
            };
            let _ = write!(
                rows,
                "<tr><td>{}, {}</td><td class='note'>{}</td><td>{}</td><td>{}</td></tr>",
                cell.topology,
                escaped(&cell.regime),
                escaped(&floor.name),
                written(cell.metric, figure.median),
                against(Role::Ours).unwrap_or("-".into()),
            );
        }
    }
    if !rows.is_empty() {
        let _ = write!(
            html,
            "<h2>Floors</h2><p class='soft'>What this machine does without a ring, measured in the same rounds. A two-thread \
             contender may exceed a one-thread floor.</p><div class='scroll narrow'><table><tr><th>regime</th><th></th>\
             <th>floor</th><th>ringfold ÷ floor</th></tr>{rows}</table></div>"
        );
    }
}

fn modes(html: &mut String, report: &Report) {
    let mut rows = String::new();
    for cell in &report.cells {
        for mode in cell.modes() {
            let _ = write!(
                rows,
                "<tr><td>{}, {}</td><td class='note'>{}</td><td>{}</td><td>{:.2} to {:.2}</td></tr>",
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
            "<h2>What parking costs</h2><p class='soft'>ringfold as it comes, which sleeps when there is nothing to do for \
             long, over ringfold that spins.</p><div class='scroll narrow'><table><tr><th>regime</th><th></th>\
             <th>ratio</th><th>spread</th></tr>{rows}</table></div>"
        );
    }
}

fn section(html: &mut String, report: &Report, topology: &str) {
    let about = match topology {
        "item" => "Each side handles one item per call.",
        "stream" => {
            "The producer hands over iterators, the consumer drains with a closure: everybody's best facility for many items; item loops where there is none."
        }
        "slice" => "Words copied in and copied out again.",
        "zero-copy" => "The producer fills the ring's own memory, the consumer reads it there.",
        "record" => "Length-prefixed records, each handed to the consumer in one piece.",
        "round-trip" => "One message back and forth through two rings. Less is better.",
        "paced" => {
            "Messages leave on a schedule; latency counts from the time at which each was meant to leave. Less is better."
        }
        "one-core" => "Both threads share one core.",
        _ => "",
    };
    let _ = write!(html, "<h2 id='{topology}'>{topology}</h2><p class='soft'>{about}</p><div class='cards'>");
    for cell in report.cells.iter().filter(|cell| cell.topology == topology) {
        card(html, cell);
    }
    html.push_str("</div>");
}

fn card(html: &mut String, cell: &Cell) {
    let _ = write!(html, "<div class='card'><h3>{}</h3>", escaped(&cell.regime));
    if cell.metric == Metric::Latency {
        html.push_str(&plot::latency(cell));
    } else {
        bars(html, cell);
    }
    let _ = write!(html, "<details><summary>all figures</summary>{}</details></div>", table(cell));
}

fn bars(html: &mut String, cell: &Cell) {
    let best = cell.best_rival().map(|best| best.name.clone());
    // Floors that are far away must not squeeze the contenders.
    let figure = |entry: &&Entry| entry.figure.map(|figure| figure.max);
    let contenders = cell.entries.iter().filter(|entry| entry.role != Role::Floor);
    let scale = match contenders.filter_map(|entry| figure(&entry)).fold(0.0, f64::max) {
        0.0 => cell.entries.iter().filter_map(|entry| figure(&entry)).fold(0.0, f64::max),
        scale => scale,
    };
    for entry in cell.ranking() {
        let is_best = best.as_deref() == Some(entry.name.as_str());
        let figure = match (entry.figure, &entry.failure) {
            (Some(figure), _) => written(cell.metric, figure.median),
            (None, Some(_)) => "<span class='bad'>failed</span>".into(),
            (None, None) => "-".into(),
        };
        let mark = if entry.noisy() { " ~" } else { "" };
        let row = if entry.role.is_ours() { "ours" } else { plot::class_of(entry.role, is_best) };
        let _ = write!(
            html,
            "<div class='row {row}'><span class='name' title='{}'>{}</span><span class='bars'>{}</span>\
             <span class='figure'>{figure}{mark}</span></div>",
            escaped(&entry.note),
            escaped(&entry.name),
            plot::bar(entry, scale, is_best),
        );
    }
}

fn table(cell: &Cell) -> String {
    let columns = match cell.metric {
        Metric::Latency => "<th>p50</th><th>p99</th><th>p99.9</th><th>max</th>",
        _ => "<th>median</th><th>min</th><th>max</th><th>spread</th>",
    };
    let mut html = format!(
        "<div class='scroll'><table><tr><th></th>{columns}<th>cores busy</th><th>waits by</th><th></th></tr>"
    );
    for entry in cell.ranking() {
        let _ = write!(html, "<tr><td>{}</td>", escaped(&entry.name));
        match (&entry.latency, entry.figure) {
            (Some(latency), Some(_)) => {
                for nanos in [latency.p50, latency.p99, latency.p999, latency.max] {
                    let _ = write!(html, "<td>{}</td>", written(cell.metric, nanos as f64));
                }
            }
            (_, Some(figure)) => {
                for value in [figure.median, figure.min, figure.max] {
                    let _ = write!(html, "<td>{}</td>", written(cell.metric, value));
                }
                let _ = write!(html, "<td>{:.0} %</td>", 100.0 * figure.spread());
            }
            (_, None) => html.push_str("<td>-</td><td>-</td><td>-</td><td>-</td>"),
        }
        let cores = entry.busy_cores.map_or("-".into(), |cores| format!("{cores:.2}"));
        let failure = entry
            .failure
            .as_deref()
            .map_or(String::new(), |why| format!("<b class='bad'>{}</b> ", escaped(why)));
        let _ = write!(
            html,
            "<td>{cores}</td><td>{}</td><td class='note'>{failure}{}</td></tr>",
            escaped(&entry.wait),
            escaped(&entry.note)
        );
    }
    html + "</table></div>"
}

fn method(html: &mut String, report: &Report) {
    html.push_str(
        "<h2>How it was measured</h2><p>All contenders of a regime take turns, round by round, in an order that rotates. \
         Each sample opens a fresh ring, moves one lap through it, then runs for a fixed time on two threads and counts what \
         arrived; every item is checked against the sequence it belongs to, and what was sent is compared with what was \
         received. A sample that does not end by its deadline is a failure. Where a rival can wait in several ways, all of \
         them are tried in the warm-up and the fastest is kept. Bars show the median, lines the lowest and the highest \
         round. Cores busy is CPU time over wall time of both threads together.</p><p class='soft'>",
    );
    let versions: Vec<String> = report
        .versions
        .iter()
        .map(|(name, version)| format!("{} {}", escaped(name), escaped(version)))
        .collect();
    let _ = write!(html, "{}</p>", versions.join(" · "));
}

fn topologies(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for cell in &report.cells {
        if !names.contains(&cell.topology.as_str()) {
            names.push(&cell.topology);
        }
    }
    names
}

fn entries(report: &Report) -> impl Iterator<Item = &Entry> {
    report.cells.iter().flat_map(|cell| &cell.entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escaped("Mutex<VecDeque> & 'x'"), "Mutex&lt;VecDeque&gt; &amp; &#39;x&#39;");
    }
}
