//! The pictures of the page: bars with their extremes, ratios around one, latency by percentile. Plain SVG, no script.

use std::fmt::Write;

use super::verdict::Verdict;
use super::{Cell, Entry, Latency, written};
use crate::contender::{Metric, Role};
use crate::stats::Summary;

/// A bar from zero to the median on a scale that ends at `scale`, with a line from minimum to maximum. A floor beyond
/// the scale is drawn broken.
pub fn bar(entry: &Entry, scale: f64, best: bool) -> String {
    let Some(figure) = entry.figure else { return "<svg></svg>".into() };
    let x = |value: f64| 100.0 * (value / scale).clamp(0.0, 1.0);
    let class = class_of(entry.role, best);
    let shapes = if figure.median > scale {
        format!("<path class='bar {class}' d='M0 2H90L88.5 12H0ZM92 2H96L94.5 12H90.5ZM98 2H100V12H96.5Z'/>")
    } else {
        format!(
            "<rect class='bar {class}' x='0' y='2' width='{:.2}' height='10' rx='.6'/>\
             <line class='whisker' x1='{:.2}' x2='{:.2}' y1='7' y2='7'/>",
            x(figure.median).max(0.15),
            x(figure.min),
            x(figure.max),
        )
    };
    format!("<svg viewBox='0 0 100 14' preserveAspectRatio='none' aria-hidden='true'>{shapes}</svg>")
}

/// The class that colours somebody.
pub fn class_of(role: Role, best: bool) -> &'static str {
    match role {
        Role::Ours => "ours",
        Role::OursTuned => "tuned",
        Role::Floor => "floor",
        Role::Aside => "aside",
        Role::Rival if best => "best",
        Role::Rival => "rival",
    }
}

/// What is written at the axis of ratios.
pub const RATIOS: [(f64, &str); 7] =
    [(0.25, "¼"), (0.5, "½"), (1.0, "1"), (2.0, "2"), (4.0, "4"), (8.0, "8"), (16.0, "16")];
/// The axis ends at a quarter and at 16 times; what lies beyond is drawn at its end as a bar.
const DOUBLINGS: (f64, f64) = (-2.0, 4.0);

/// Where a ratio lies on a logarithmic axis of a hundred.
pub fn ratio_x(ratio: f64) -> f64 {
    let (first, last) = DOUBLINGS;
    100.0 * (ratio.log2().clamp(first, last) - first) / (last - first)
}

/// Lines at the doublings, the one at 1 prominent.
pub fn ratio_grid(height: f64) -> String {
    let (first, last) = DOUBLINGS;
    (first as i32..=last as i32)
        .map(|doubling| {
            let class = if doubling == 0 { "one" } else { "axis" };
            let x = ratio_x(f64::from(doubling).exp2());
            format!("<line class='{class}' x1='{x:.2}' x2='{x:.2}' y1='-4' y2='{:.0}'/>", height + 4.0)
        })
        .collect()
}

/// A median as a dot, or as a bar at the edge where it lies beyond the axis.
pub fn dot(ratio: &Summary, y: f64) -> String {
    let class = Verdict::of(ratio).class();
    let x = ratio_x(ratio.median);
    let doubling = ratio.median.log2();
    if doubling > DOUBLINGS.1 {
        return format!("<path class='beyond {class}' d='M97 {y:.1}H100'/>");
    }
    if doubling < DOUBLINGS.0 {
        return format!("<path class='beyond {class}' d='M0 {y:.1}H3'/>");
    }
    // A line without length has round ends, which stay round however the picture is stretched.
    format!("<path class='dot {class}' d='M{x:.2} {y:.1}h.01'/>")
}

/// A ratio's median as a dot, and a line from the lowest to the highest.
pub fn dot_and_range(ratio: &Summary) -> String {
    format!(
        "<svg viewBox='0 0 100 14' preserveAspectRatio='none' aria-hidden='true'>{}\
         <line class='range {}' x1='{:.2}' x2='{:.2}' y1='7' y2='7'/>{}</svg>",
        ratio_grid(14.0),
        Verdict::of(ratio).class(),
        ratio_x(ratio.min),
        ratio_x(ratio.max),
        dot(ratio, 7.0),
    )
}

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 290.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 34.0;
/// Nines on the horizontal axis.
const NINES: f64 = 5.0;

/// Latency by percentile of everybody in this cell, and the legend.
pub fn latency(cell: &Cell) -> String {
    let curves: Vec<(&Entry, &Latency)> =
        cell.ranking().into_iter().filter_map(|entry| Some((entry, entry.latency.as_ref()?))).collect();
    let values = || curves.iter().flat_map(|(_, latency)| &latency.curve).map(|point| point.1.max(1) as f64);
    let lowest = values().fold(f64::INFINITY, f64::min).log10().floor();
    let highest = values().fold(0.0, f64::max).log10().ceil().max(lowest + 1.0);
    if !lowest.is_finite() {
        return String::new();
    }
    let y = |nanos: f64| {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (nanos.max(1.0).log10() - lowest) / (highest - lowest))
    };
    let classes = curve_classes(&curves);
    let mut svg = format!(
        "<svg class='plot' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='latency by percentile'>"
    );
    axes(&mut svg, lowest as i32, highest as i32, y);
    // The prominent ones are drawn last, on top.
    for ((entry, latency), class) in curves.iter().zip(&classes).rev() {
        let points: Vec<String> = latency
            .curve
            .iter()
            .map(|&(quantile, nanos)| format!("{:.1},{:.1}", x_of(quantile), y(nanos as f64)))
            .collect();
        let name = super::html::escaped(&entry.name);
        let _ = write!(
            svg,
            "<polyline class='curve {class}' points='{}'><title>{name}</title></polyline>",
            points.join(" ")
        );
    }
    svg + "</svg>" + &legend(&curves, &classes)
}

fn x_of(quantile: f64) -> f64 {
    let nines = -(1.0 - quantile).log10();
    LEFT + (WIDTH - LEFT - RIGHT) * (nines / NINES).min(1.0)
}

fn axes(svg: &mut String, lowest: i32, highest: i32, y: impl Fn(f64) -> f64) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for decade in lowest..=highest {
        let nanos = 10f64.powi(decade);
        let label = match decade {
            ..3 => format!("{nanos:.0} ns"),
            3..6 => format!("{:.0} µs", nanos / 1e3),
            _ => format!("{:.0} ms", nanos / 1e6),
        };
        let at = y(nanos);
        let _ = write!(
            svg,
            "<line class='axis' x1='{LEFT}' x2='{right}' y1='{at:.1}' y2='{at:.1}'/>\
             <text x='{:.1}' y='{:.1}' text-anchor='end'>{label}</text>",
            LEFT - 5.0,
            at + 3.5,
        );
    }
    for (quantile, label) in
        [(0.0, "0"), (0.5, "50"), (0.9, "90"), (0.99, "99"), (0.999, "99.9"), (0.9999, "99.99")]
    {
        let at = x_of(quantile);
        let _ = write!(
            svg,
            "<line class='axis' x1='{at:.1}' x2='{at:.1}' y1='{TOP}' y2='{bottom}'/>\
             <text x='{at:.1}' y='{:.1}' text-anchor='middle'>{label}</text>",
            bottom + 13.0,
        );
    }
    let _ = write!(
        svg,
        "<text x='{:.1}' y='{:.1}' text-anchor='middle'>percentile of messages</text>",
        (LEFT + right) / 2.0,
        HEIGHT - 6.0,
    );
}

/// ringfold and the four fastest rivals have colours, the others are grey.
fn curve_classes(curves: &[(&Entry, &Latency)]) -> Vec<&'static str> {
    let mut colours = ["c1", "c2", "c3", "c4"].into_iter();
    curves
        .iter()
        .map(|(entry, _)| match entry.role {
            Role::Ours => "ours",
            Role::OursTuned => "tuned",
            _ => colours.next().unwrap_or("rival"),
        })
        .collect()
}

fn legend(curves: &[(&Entry, &Latency)], classes: &[&str]) -> String {
    let mut html = String::from("<div class='legend'>");
    for ((entry, latency), class) in curves.iter().zip(classes).filter(|(_, class)| **class != "rival") {
        let _ = write!(
            html,
            "<span><svg viewBox='0 0 26 8'><line class='curve {class}' x1='0' x2='26' y1='4' y2='4'/></svg>{} \
             <small>p50 {}, p99 {}</small></span>",
            super::html::escaped(&entry.name),
            written(Metric::Latency, latency.p50 as f64),
            written(Metric::Latency, latency.p99 as f64),
        );
    }
    html + "<span><svg viewBox='0 0 26 8'><line class='curve' x1='0' x2='26' y1='4' y2='4'/></svg>others</span></div>"
}
