//! The page: one file, no script, no font, nothing from elsewhere; readable on a phone, dark or light.

mod cells;
mod memory;
mod overview;
mod ratios;

use std::fmt::Write;

use super::verdict::Score;
use super::{Cell, Entry, Report};

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>ringfold benchmark</title><style>{STYLE}</style></head><body>\n"
    );
    let mut body = String::new();
    content(&mut body, report);
    opening(&mut html, report, &body);
    html + &body + "</body></html>\n"
}

fn content(html: &mut String, report: &Report) {
    ratios::strip(html, report);
    overview::losses(html, report);
    html.push_str("<h2>Regime by regime</h2><p class='soft'>The same ratios with the lowest and the highest round, best first. Below each name: \
         the regime, and the fastest rival in it.</p>");
    ratios::by_room(html, report);
    ratios::cpu(html, report);
    memory::tables(html, report);
    overview::floors(html, report);
    overview::modes(html, report);
    for (room, cells) in report.rooms() {
        cells::section(html, room, &cells);
    }
    overview::failures(html, report);
    method(html, report);
}

/// Text as it may stand between tags and in quotes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}

fn opening(html: &mut String, report: &Report, body: &str) {
    let environment = &report.environment;
    let _ = write!(html, "<h1>ringfold, side by side</h1><p class='verdict'>{}</p>", verdict(report));
    if !environment.optimised {
        html.push_str("<p class='bad'>Built without optimisation: these figures mean nothing.</p>");
    }
    if let Some(load) = environment.load_before.filter(|&load| load > 0.5) {
        let _ = write!(
            html,
            "<p class='bad'>The machine was busy with something else: load {load:.2} before the run. Trust the ratios, which are paired by round, \
             more than the figures, and neither where the range is wide.</p>"
        );
    }
    html.push_str("<dl>");
    for (name, fact) in facts(report) {
        let _ = write!(html, "<dt>{name}</dt><dd>{}</dd>", escaped(&fact));
    }
    let _ = write!(html, "<dt>command</dt><dd><code>{}</code></dd></dl><nav>", escaped(&environment.command));
    let chapters = ["ratios", "losses", "cpu", "memory", "floors", "settings"];
    let rooms = report.rooms().into_iter().map(|(room, _)| room);
    for target in chapters.into_iter().chain(rooms).filter(|name| body.contains(&format!("id='{name}'"))) {
        let _ = write!(html, "<a href='#{target}'>{target}</a>");
    }
    html.push_str("<a href='#method'>method</a></nav>");
}

fn facts(report: &Report) -> [(&'static str, String); 7] {
    let environment = &report.environment;
    let pinned = match environment.pinned {
        Some((first, second)) => format!(
            "two of them on cores {first} and {second}, one on {first}, more where the system puts them"
        ),
        None => "not pinned".into(),
    };
    let load = |load: Option<f64>| load.map_or("unknown".into(), |load| format!("{load:.2}"));
    let governor = environment.governor.as_deref().unwrap_or("not visible to this system");
    let noisy = entries(report).filter(|entry| entry.noisy()).count();
    [
        (
            "processor",
            format!("{}, {} cores usable, {}", environment.cpu, environment.cores, environment.architecture),
        ),
        ("system", format!("{}; frequency governor {governor}", environment.kernel)),
        ("threads", pinned),
        (
            "load",
            format!(
                "{} before, {} after (the run itself counts for 2 and more)",
                load(environment.load_before),
                load(environment.load_after)
            ),
        ),
        ("date", environment.date.clone()),
        ("rounds", rounds(report)),
        (
            "spread",
            format!(
                "{noisy} of {} figures have rounds further apart than 20 % of their median; they are marked ~",
                entries(report).count()
            ),
        ),
    ]
}

fn rounds(report: &Report) -> String {
    let order = if report.in_rounds_through_all { ", each through everything" } else { "" };
    let minutes = match report.seconds {
        0.0 => String::new(),
        seconds => format!("; {:.1} minutes in all", seconds / 60.0),
    };
    let quick = if report.quick { "; quick: fewer regimes" } else { "" };
    format!(
        "{} of {} ms for each contender{order}, after one that does not count{minutes}{quick}",
        report.rounds, report.sample_ms
    )
}

fn verdict(report: &Report) -> String {
    let score = Score::of(&report.cells);
    if score.all() == 0 {
        return "ringfold did not take part in this run; these are its rivals.".into();
    }
    let mut rivals: Vec<&str> =
        report.cells.iter().filter_map(Cell::headline).map(|headline| headline.theirs.as_str()).collect();
    rivals.sort_unstable();
    rivals.dedup();
    format!(
        "Against the fastest rival of each of <b>{}</b> regimes, ringfold as it comes is ahead in every round in <b>{}</b> and by the median in \
         {}; level within 2 % in <b>{}</b>; behind by the median in {} and <b>in every round in {}</b>. The fastest is another one from regime \
         to regime, {} in all. Quote the ratios, not the figures: the figures belong to this machine.",
        score.all(),
        score.ahead,
        score.mostly_ahead,
        score.level,
        score.mostly_behind,
        score.behind,
        rivals.len(),
    )
}

fn method(html: &mut String, report: &Report) {
    html.push_str(
        "<h2 id='method'>How it was measured</h2><p>All contenders of a regime take turns, round by round, in an order that rotates. \
         Each sample opens a fresh ring, moves one lap through it, then runs for a fixed time on two threads and counts what \
         arrived; every item is checked against the sequence it belongs to, and what was sent is compared with what was \
         received. A sample that does not end by its deadline is a failure. Where a rival can wait in several ways, all of \
         them are tried in the warm-up and the fastest is kept. The best rival is chosen after the race, by its own median, which favours \
         whoever was lucky where several are level. Bars show the median, lines the lowest and the highest \
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
