//! Throughput against threads: everybody's curve through the cells that differ in nothing but how many put in and take out.

use std::fmt::Write;

use super::html::escaped;
use super::plot::class_of;
use super::{Cell, written};
use crate::contender::{Metric, Role};
use crate::stats::Summary;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 290.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 36.0;
/// Fewer than three points are no curve.
const FEWEST: usize = 3;

/// One contender, with a point for each number of threads at which it has taken part.
struct Curve<'a> {
    name: &'a str,
    role: Role,
    points: Vec<Option<Summary>>,
}

/// A card for each row of such cells in a room.
pub fn of_room(room: &str, cells: &[&Cell]) -> String {
    let wanted = |cell: &&&Cell| match room {
        "mpsc" | "mpmc" => cell.topology == "item",
        "broadcast" => ["1p1c", "1p3c", "3p1c"].contains(&cell.topology.as_str()),
        _ => false,
    };
    let mut rows: Vec<(String, Vec<&Cell>)> = Vec::new();
    for &cell in cells.iter().filter(wanted).filter(|cell| cell.metric == Metric::ItemsPerSecond) {
        let title = title(cell);
        match rows.iter_mut().find(|row| row.0 == title) {
            Some(row) => row.1.push(cell),
            None => rows.push((title, vec![cell])),
        }
    }
    let cards = rows.iter().filter(|(_, cells)| cells.len() >= FEWEST);
    cards.map(|(title, cells)| format!("<div class='card'><h3>{title}</h3>{}</div>", plot(cells))).collect()
}

/// What the cells of a row have in common.
fn title(cell: &Cell) -> String {
    let regime = match cell.regime.split_once(", ") {
        Some((threads, rest)) if threads.contains(" to ") => rest,
        _ => cell.regime.as_str(),
    };
    escaped(&format!("Throughput against threads: {regime}"))
}

fn plot(cells: &[&Cell]) -> String {
    let curves = curves(cells);
    let figures = || curves.iter().flat_map(|curve| curve.points.iter().flatten());
    let highest = figures().map(|figure| figure.max).fold(0.0, f64::max);
    // Somebody who collapses must not squeeze the others: below a hundredth all lie at the bottom.
    let lowest = figures().map(|figure| figure.median).fold(f64::INFINITY, f64::min).max(highest / 100.0);
    if !lowest.is_finite() || lowest <= 0.0 {
        return String::new();
    }
    let frame = Frame { columns: cells.len(), ends: (lowest.log10() - 0.05, highest.log10() + 0.05) };
    let mut svg = format!(
        "<svg class='plot' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='throughput against threads'>"
    );
    frame.axes(&mut svg, cells);
    let classes = classes(&curves);
    // ringfold comes last, on top.
    for (curve, class) in curves.iter().zip(&classes).rev() {
        frame.draw(&mut svg, curve, class);
    }
    svg + "</svg>" + &legend(&curves, &classes)
}

/// ringfold first, then the others by what they reach where there are most threads.
fn curves<'a>(cells: &[&'a Cell]) -> Vec<Curve<'a>> {
    let mut curves: Vec<Curve> = Vec::new();
    for (column, cell) in cells.iter().enumerate() {
        for entry in cell.competitors() {
            let Some(figure) = entry.figure.filter(|figure| figure.median > 0.0) else { continue };
            let place = curves.iter().position(|curve| curve.name == entry.name).unwrap_or_else(|| {
                let points = vec![None; cells.len()];
                curves.push(Curve { name: &entry.name, role: entry.role, points });
                curves.len() - 1
            });
            curves[place].points[column] = Some(figure);
        }
    }
    let last = |curve: &Curve| curve.points.iter().rev().flatten().next().map_or(0.0, |figure| figure.median);
    curves.sort_by(|one, other| {
        other.role.is_ours().cmp(&one.role.is_ours()).then(last(other).total_cmp(&last(one)))
    });
    curves
}

fn classes(curves: &[Curve]) -> Vec<&'static str> {
    let mut colours = ["c1", "c2", "c3", "c4"].into_iter();
    let class = |curve: &Curve| match curve.role {
        Role::Rival => colours.next().unwrap_or("rival"),
        role => class_of(role, false),
    };
    curves.iter().map(class).collect()
}

struct Frame {
    columns: usize,
    /// Logarithms of the lowest and of the highest figure.
    ends: (f64, f64),
}

impl Frame {
    fn x(&self, column: usize) -> f64 {
        LEFT + 16.0 + (WIDTH - LEFT - RIGHT - 16.0) * column as f64 / (self.columns - 1) as f64
    }

    fn y(&self, figure: f64) -> f64 {
        let share = (figure.log10() - self.ends.0) / (self.ends.1 - self.ends.0);
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share.clamp(0.0, 1.0))
    }

    fn draw(&self, svg: &mut String, curve: &Curve, class: &str) {
        let there = || {
            curve.points.iter().enumerate().filter_map(|(column, point)| Some((self.x(column), (*point)?)))
        };
        let points: Vec<String> =
            there().map(|(x, figure)| format!("{x:.1},{:.1}", self.y(figure.median))).collect();
        let _ = write!(svg, "<g><title>{}</title>", escaped(curve.name));
        if curve.role.is_ours() {
            for (x, figure) in there() {
                let (low, high) = (self.y(figure.min), self.y(figure.max));
                let _ =
                    write!(svg, "<line class='range' x1='{x:.1}' x2='{x:.1}' y1='{low:.1}' y2='{high:.1}'/>");
            }
        }
        let _ = write!(svg, "<polyline class='curve {class}' points='{}'/>", points.join(" "));
        for (x, figure) in there() {
            let _ = write!(
                svg,
                "<circle class='mark {class}' cx='{x:.1}' cy='{:.1}' r='2.6'/>",
                self.y(figure.median)
            );
        }
        svg.push_str("</g>");
    }

    fn axes(&self, svg: &mut String, cells: &[&Cell]) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for figure in ticks(self.ends) {
            let at = self.y(figure);
            let _ = write!(
                svg,
                "<line class='axis' x1='{LEFT}' x2='{right}' y1='{at:.1}' y2='{at:.1}'/>\
                 <text x='{:.1}' y='{:.1}' text-anchor='end'>{}</text>",
                LEFT - 5.0,
                at + 3.5,
                tick(figure),
            );
        }
        for (column, cell) in cells.iter().enumerate() {
            let _ = write!(
                svg,
                "<text x='{:.1}' y='{:.1}' text-anchor='middle'>{} → {}</text>",
                self.x(column),
                bottom + 14.0,
                cell.sides.0,
                cell.sides.1,
            );
        }
        let _ = write!(
            svg,
            "<text x='{:.1}' y='{:.1}' text-anchor='middle'>threads that put in → take out; words per second upwards</text>",
            (LEFT + right) / 2.0,
            HEIGHT - 6.0,
        );
    }
}

/// 1, 2 and 5 times the powers of ten between the ends; the powers alone where that would be many.
fn ticks(ends: (f64, f64)) -> Vec<f64> {
    let steps: &[f64] = if ends.1 - ends.0 > 2.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let decades = ends.0.floor() as i32..=ends.1.ceil() as i32;
    decades
        .flat_map(|decade| steps.iter().map(move |step| step * 10f64.powi(decade)))
        .filter(|figure| (ends.0..=ends.1).contains(&figure.log10()))
        .collect()
}

fn tick(figure: f64) -> String {
    match figure {
        1e9.. => format!("{:.0} G/s", figure / 1e9),
        1e6.. => format!("{:.0} M/s", figure / 1e6),
        _ => format!("{:.0} k/s", figure / 1e3),
    }
}

fn legend(curves: &[Curve], classes: &[&str]) -> String {
    let mut html = String::from("<div class='legend'>");
    for (curve, class) in curves.iter().zip(classes) {
        let Some(last) = curve.points.iter().rev().flatten().next() else { continue };
        let _ = write!(
            html,
            "<span><svg viewBox='0 0 26 8'><line class='curve {class}' x1='0' x2='26' y1='4' y2='4'/></svg>{} <small>{}</small></span>",
            escaped(curve.name),
            written(Metric::ItemsPerSecond, last.median),
        );
    }
    html + "</div>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_figures_within_the_ends() {
        assert_eq!(ticks((6.5, 7.5)), [5e6, 1e7, 2e7]);
        assert_eq!(ticks((5.9, 9.1)), [1e6, 1e7, 1e8, 1e9]);
        assert_eq!((tick(5e6), tick(2e9)), ("5 M/s".into(), "2 G/s".into()));
    }
}
