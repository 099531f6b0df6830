//! The page: one file, no script, no font, nothing from elsewhere; readable on a phone, dark or light.

mod cells;
mod overview;

use std::fmt::Write;

use super::{Cell, Entry, Report};

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>ringfold benchmark</title><style>{STYLE}</style></head><body>\n"
    );
    opening(&mut html, report);
    overview::ratios(&mut html, report);
    overview::losses(&mut html, report);
    overview::floors(&mut html, report);
    overview::modes(&mut html, report);
    for topology in topologies(report) {
        cells::section(&mut html, report, topology);
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

fn opening(html: &mut String, report: &Report) {
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

fn method(html: &mut String, report: &Report) {
    html.push_str(
        "<h2>How it was measured</h2><p>All contenders of a regime take turns, round by round, in an order that rotates. \
         Each sample opens a fresh ring, moves one lap through it, then runs for a fixed time on two threads and counts what \
         arrived; every item is checked against the sequence it belongs to, and what was sent is compared with what was \
         received. A sample that does not end by its deadline is a failure. Where a rival can wait in several ways, all of \
         them are tried in the warm-up and the fastest is kept. Bars show the median, lines the lowest and the highest \
         round. Cores busy is CPU time over wall time of both threads together.</p><p>The rooms for one thread: each sample opens \
         a ring of its own on one core, brings every page of it into memory, and then runs batches of operations; the clock is \
         read once per batch, and the sample's figure is the median of its batches. What is read back is compared packet by packet \
         by number or sum, and byte by byte after each batch, outside of the timed part.</p><p class='soft'>",
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
