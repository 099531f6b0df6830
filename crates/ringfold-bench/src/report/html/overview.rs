//! The page's first part: ratios, losses, failures, floors, and what other settings give.

use std::fmt::Write;

use super::escaped;
use crate::contender::Role;
use crate::report::{Report, plot, times, written};

/// ringfold against the best rival, regime by regime.
pub fn ratios(html: &mut String, report: &Report) {
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

/// Where ringfold is slower, and who failed.
pub fn losses(html: &mut String, report: &Report) {
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

/// What the machine does without a ring.
pub fn floors(html: &mut String, report: &Report) {
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

/// ringfold as it comes against ringfold with other settings.
pub fn modes(html: &mut String, report: &Report) {
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
            "<h2>What other settings give</h2><p class='soft'>ringfold as it comes over ringfold with the settings named. With two \
             threads it sleeps as it comes, when there is nothing to do for long; what that costs is the ratio to spinning.</p><div class='scroll narrow'><table><tr><th>regime</th><th></th>\
             <th>ratio</th><th>spread</th></tr>{rows}</table></div>"
        );
    }
}
