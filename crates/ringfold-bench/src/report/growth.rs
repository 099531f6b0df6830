//! Time against size, both logarithmic: everybody's curve through the regimes of one topology.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::html::escaped;
use super::plot::class_of;
use super::{Cell, written};
use crate::contender::{Metric, Role};
use crate::one_thread::size;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 290.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 36.0;

/// One contender's way through the sizes.
struct Curve<'a> {
    name: &'a str,
    role: Role,
    /// Bytes and nanoseconds.
    points: Vec<(f64, f64)>,
}

/// Where both logarithms begin and end.
struct Frame {
    sizes: (f64, f64),
    decades: (i32, i32),
}

/// The plot with its legend; nothing where there are too few sizes for a curve.
pub fn against_size(cells: &[&Cell]) -> String {
    let sizes: BTreeSet<usize> = cells.iter().map(|cell| cell.item_bytes).collect();
    let curves = curves(cells);
    let nanos = || curves.iter().flat_map(|curve| &curve.points).map(|point| point.1);
    if sizes.len() < 3 || nanos().next().is_none() {
        return String::new();
    }
    let ends = |size: Option<&usize>| (*size.expect("there are three") as f64).ln();
    let lowest = nanos().fold(f64::INFINITY, f64::min).log10().floor() as i32;
    let highest = nanos().fold(0.0, f64::max).log10().ceil() as i32;
    let frame = Frame {
        sizes: (ends(sizes.first()), ends(sizes.last())),
        decades: (lowest, highest.max(lowest + 1)),
    };
    let mut svg = format!(
        "<svg class='plot' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='time against size'>"
    );
    frame.axes(&mut svg, &sizes);
    let classes = classes(&curves);
    // ringfold comes last, on top.
    for (curve, class) in curves.iter().zip(&classes).rev() {
        frame.draw(&mut svg, curve, class);
    }
    format!("<div class='card'>{svg}</svg>{}</div>", legend(&curves, &classes))
}

/// ringfold first, then the others in the order of their median at the largest size.
fn curves<'a>(cells: &[&'a Cell]) -> Vec<Curve<'a>> {
    let mut curves: Vec<Curve> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.metric == Metric::Operation) {
        for entry in &cell.entries {
            let Some(figure) = entry.figure.filter(|figure| figure.median > 0.0) else { continue };
            let point = (cell.item_bytes as f64, figure.median);
            match curves.iter_mut().find(|curve| curve.name == entry.name) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Curve { name: &entry.name, role: entry.role, points: vec![point] }),
            }
        }
    }
    let last = |curve: &Curve| curve.points.last().map_or(0.0, |point| point.1);
    curves.sort_by(|one, other| {
        let ours = |curve: &Curve| !curve.role.is_ours();
        ours(one).cmp(&ours(other)).then(last(one).total_cmp(&last(other)))
    });
    curves
}

fn classes(curves: &[Curve]) -> Vec<&'static str> {
    let mut colours = ["c1", "c2", "c3", "c4"].into_iter();
    curves
        .iter()
        .map(|curve| match curve.role {
            Role::Rival => colours.next().unwrap_or("rival"),
            role => class_of(role, false),
        })
        .collect()
}

impl Frame {
    fn x(&self, bytes: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (bytes.ln() - self.sizes.0) / (self.sizes.1 - self.sizes.0)
    }

    fn y(&self, nanos: f64) -> f64 {
        let (lowest, highest) = (f64::from(self.decades.0), f64::from(self.decades.1));
        TOP + (HEIGHT - TOP - BOTTOM) * (highest - nanos.log10()) / (highest - lowest)
    }

    fn draw(&self, svg: &mut String, curve: &Curve, class: &str) {
        let points: Vec<String> = curve
            .points
            .iter()
            .map(|&(bytes, nanos)| format!("{:.1},{:.1}", self.x(bytes), self.y(nanos)))
            .collect();
        let _ = write!(
            svg,
            "<polyline class='curve {class}' points='{}'><title>{}</title></polyline>",
            points.join(" "),
            escaped(curve.name)
        );
    }

    fn axes(&self, svg: &mut String, sizes: &BTreeSet<usize>) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for decade in self.decades.0..=self.decades.1 {
            let at = self.y(10f64.powi(decade));
            let _ = write!(
                svg,
                "<line class='axis' x1='{LEFT}' x2='{right}' y1='{at:.1}' y2='{at:.1}'/>\
                 <text x='{:.1}' y='{:.1}' text-anchor='end'>{}</text>",
                LEFT - 5.0,
                at + 3.5,
                decade_label(decade),
            );
        }
        for &bytes in sizes {
            let at = self.x(bytes as f64);
            let _ = write!(
                svg,
                "<line class='axis' x1='{at:.1}' x2='{at:.1}' y1='{TOP}' y2='{bottom}'/>\
                 <text x='{at:.1}' y='{:.1}' text-anchor='middle'>{}</text>",
                bottom + 13.0,
                size::written(bytes),
            );
        }
        let _ = write!(
            svg,
            "<text x='{:.1}' y='{:.1}' text-anchor='middle'>size; time of one operation upwards</text>",
            (LEFT + right) / 2.0,
            HEIGHT - 7.0,
        );
    }
}

/// `1 ns`, `10 µs`.
fn decade_label(decade: i32) -> String {
    let nanos = 10f64.powi(decade);
    match decade {
        ..0 => format!("{nanos} ns"),
        0..3 => format!("{nanos:.0} ns"),
        3..6 => format!("{:.0} µs", nanos / 1e3),
        6..9 => format!("{:.0} ms", nanos / 1e6),
        _ => format!("{:.0} s", nanos / 1e9),
    }
}

fn legend(curves: &[Curve], classes: &[&str]) -> String {
    let mut html = String::from("<div class='legend'>");
    for (curve, class) in curves.iter().zip(classes) {
        let last = curve.points.last().expect("a curve has a point");
        let _ = write!(
            html,
            "<span><svg viewBox='0 0 26 8'><line class='curve {class}' x1='0' x2='26' y1='4' y2='4'/></svg>{} \
             <small>{} at {}</small></span>",
            escaped(curve.name),
            written(Metric::Operation, last.1),
            size::written(last.0 as usize),
        );
    }
    html + "</div>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Entry;
    use crate::stats::Summary;

    fn cell(bytes: usize, figures: &[(&str, Role, f64)]) -> Cell {
        let entries = figures.iter().map(|&(name, role, nanos)| Entry {
            name: name.into(),
            role,
            note: String::new(),
            wait: String::new(),
            figure: Summary::of(&[nanos]),
            rounds: vec![],
            busy_cores: None,
            busy_cores_by_round: vec![],
            latency: None,
            failure: None,
        });
        Cell {
            room: "ring".into(),
            topology: "contiguous-read".into(),
            regime: String::new(),
            capacity: 0,
            item_bytes: bytes,
            sides: (1, 0),
            threads_per_core: 1.0,
            metric: Metric::Operation,
            entries: entries.collect(),
            comparisons: vec![],
        }
    }

    #[test]
    fn everybody_has_a_curve_from_one_end_to_the_other() {
        let cells = [8, 4096, 1 << 20]
            .map(|bytes| cell(bytes, &[("slow", Role::Rival, bytes as f64), ("ours", Role::Ours, 1.0)]));
        let all: Vec<&Cell> = cells.iter().collect();
        let html = against_size(&all);
        assert_eq!(html.matches("<polyline").count(), 2);
        // Flat at the bottom, from the left edge to the right one, and drawn last.
        let ours = html.rsplit("<polyline").next().unwrap();
        assert!(ours.contains("points='52.0,254.0 ") && ours.contains(" 416.0,254.0'"), "{ours}");
        assert!(html.contains("1 MiB</text>") && html.contains("10 ms</text>"));
        assert_eq!(against_size(&all[..2]), "");
    }
}
