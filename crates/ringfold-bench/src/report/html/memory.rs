//! What a ring takes, as bytes: contenders down, capacities across.

use std::fmt::Write;

use super::escaped;
use crate::report::{Cell, Report};

/// A table for each room in which that was measured.
pub fn tables(html: &mut String, report: &Report) {
    let rooms: Vec<(&str, Vec<&Cell>)> = report
        .rooms()
        .into_iter()
        .map(|(room, cells)| (room, cells.into_iter().filter(|cell| cell.topology == "memory").collect()))
        .filter(|(_, cells): &(_, Vec<&Cell>)| !cells.is_empty())
        .collect();
    if rooms.is_empty() {
        return;
    }
    html.push_str(
        "<h2 id='memory'>Memory</h2><p class='soft'>Resident bytes of one ring with both handles, and of that for each slot, where a slot holds 8 \
         bytes: many rings opened and filled in a fresh process, growth of the proportional set size, in which a page that is mapped \
         twice counts once. Heap and allocator overhead count; page tables and address space (ringfold takes twice the ring) do not. What a list \
         takes is in its room below; what a pool takes is in <code>docs/decisions/shape-of-pool.md</code>.</p>",
    );
    for (room, cells) in rooms {
        card(html, room, &cells);
    }
}

fn card(html: &mut String, room: &str, cells: &[&Cell]) {
    let _ = write!(html, "<div class='card'><h3>{room}</h3><div class='scroll'><table><tr><th></th>");
    for cell in cells {
        let _ = write!(html, "<th>{}</th>", escaped(cell.regime.trim_start_matches("a ring of ")));
    }
    html.push_str("</tr>");
    let Some(largest) = cells.last() else { return };
    for entry in largest.ranking() {
        let class = if entry.role.is_ours() { " class='ours'" } else { "" };
        let _ = write!(html, "<tr{class}><td>{}</td>", escaped(&entry.name));
        for cell in cells {
            let figure = cell.entries.iter().find(|one| one.name == entry.name).and_then(|one| one.figure);
            let text = figure.map_or("-".into(), |figure| {
                let bytes = figure.median * cell.item_bytes as f64;
                let each = bytes / cell.capacity.max(1) as f64;
                format!("{} <small>{each:.1} B a slot</small>", kibibytes(bytes))
            });
            let _ = write!(html, "<td>{text}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</table></div></div>");
}

fn kibibytes(bytes: f64) -> String {
    match bytes / 1024.0 {
        small @ ..10.0 => format!("{small:.1} KiB"),
        large => format!("{large:.0} KiB"),
    }
}
