//! The page's second part: everybody's figures, room by room and topology by topology.

use std::fmt::Write;

use super::escaped;
use crate::contender::{Metric, Role};
use crate::report::{Cell, Entry, growth, plot, scaling, written};
use crate::stats::median;

/// All cases of one room, topology by topology.
pub fn section(html: &mut String, room: &str, cells: &[&Cell]) {
    let _ = write!(html, "<h2 id='{room}'>{room}</h2><p class='soft'>{}</p>", about_room(room));
    let scaling = scaling::of_room(room, cells);
    if !scaling.is_empty() {
        let _ = write!(html, "<div class='cards'>{scaling}</div>");
    }
    for topology in topologies(cells) {
        let cells: Vec<&Cell> = cells.iter().copied().filter(|cell| cell.topology == topology).collect();
        let _ = write!(
            html,
            "<h3 class='topology' id='{room}-{topology}'>{room} · {topology}</h3><p class='soft'>{} <code>cargo xtask bench {}</code></p>",
            about(topology),
            cells[0].command(),
        );
        html.push_str(&growth::against_size(&cells));
        html.push_str("<div class='cards'>");
        for cell in cells {
            card(html, cell);
        }
        html.push_str("</div>");
    }
}

fn topologies<'a>(cells: &[&'a Cell]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for cell in cells {
        if !names.contains(&cell.topology.as_str()) {
            names.push(&cell.topology);
        }
    }
    names
}

fn about_room(room: &str) -> &'static str {
    match room {
        "spsc" => "One producer, one consumer, a core for each unless the regime says otherwise.",
        "mpsc" => {
            "Many producers, one consumer. “ringfold mpsc” keeps a total order; “ringfold lanes”, a ring for each producer, keeps the order of \
             each. The first is the one that is compared."
        }
        "mpmc" => "Many producers, many consumers; each item goes to one of them.",
        "broadcast" => "Every event to every reader.",
        "ring" => "One thread. Content as one slice, packets in and out, writes across the seam.",
        "queue" => "One thread. Words in and out.",
        "stream" => "One thread. Bytes in and out.",
        "list" => "One thread. A list that grows; each sample in a process of its own.",
        "pool" => "Events that are allocated, shared and freed, here and elsewhere.",
        _ => "",
    }
}

// tidy: long because every topology has its sentence.
fn about(topology: &str) -> &'static str {
    match topology {
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
        "one-core" => "All threads share one core.",
        "memory" => "Memory that a ring takes over what it holds. Less is better.",
        "batch" => "Words sent 64 at a time, and received by whatever there is for many.",
        "wake" => {
            "Producers sleep between words, so that the consumer does too; latency counts from the sending. Less is better."
        }
        "1p1c" => "One producer, one reader.",
        "1p3c" => "One producer, three readers, each of whom sees everything.",
        "pipeline" => "One producer, three readers one after the other.",
        "diamond" => "One producer, two readers side by side, and one after both.",
        "3p1c" => "Three producers, one reader.",
        "large-events" => "Events that are made elsewhere, copied in, and read where they lie.",
        "price" => {
            "What a reader costs the producer: processor time of its thread for each publication. Less is better."
        }
        "alloc" => "One thread allocates an event, copies into it, and frees an older one. Less is better.",
        "alloc-4" => "The same on four threads, each for itself.",
        "cross" => "Allocated on one thread, freed on another one.",
        "clone" => "One more reference, and one less. Less is better.",
        "fan-out" => "Each event to four actors, the last of whom frees it.",
        "lz4" => "An event compressed into another one, and back. Less is better.",
        "contiguous-read" => {
            "One thread. Content that lies across the seam is obtained as one slice; nothing is done with it. Less is better."
        }
        "contiguous-sum" => {
            "The same, and all of it is added up: the work that a reader has. Less is better."
        }
        "cycle" => {
            "One thread writes a packet and copies it out again; the ring is empty in between. Less is better."
        }
        "cycle-in-place" => "The same, but the packet is added up where it lies. Less is better.",
        "seam" => {
            "One thread writes packets each of which lies half before the seam and half behind it. Less is better."
        }
        "queue-item" => {
            "One thread pushes and pops words, one per call. The time of a push and a pop; less is better."
        }
        "queue-bulk" | "stream-bulk" => {
            "One thread copies a packet in and the one before it out; now and then one lies across the seam. Less is better."
        }
        "queue-in-place" => {
            "One thread makes words in the queue's memory and checks them there. Less is better."
        }
        "stream-in-place" => {
            "One thread copies a packet to where the stream lends room, and adds up the one before it where it lies. Less is better."
        }
        "list-push" => {
            "One thread pushes words into a list that starts empty and is told no size. The time of one push, on average; less is better."
        }
        "list-again" => {
            "The same in a process that has just dropped such a list: an allocator may have kept its memory. Less is better."
        }
        "list-pause" => {
            "The longest of the pushes (looked at 256 by 256), in processor time. Less is better."
        }
        "list-iterate" => "All words are added up in order. The time of one; less is better.",
        "list-random" => "Words are added up that lie all over the list. The time of one; less is better.",
        "list-memory" => {
            "Growth of the process's resident memory over what was put in, when all words are in. Less is better."
        }
        _ => "",
    }
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
        "<div class='scroll'><table><tr><th></th>{columns}<th>CPU</th><th>cores busy</th><th>waits by</th><th></th></tr>"
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
        let cpu: Vec<f64> = cell.cpu_by_round(&entry.name).into_iter().flatten().collect();
        let cpu = median(&cpu).map_or("-".into(), |figure| cell.cpu_written(figure));
        let cores = entry.busy_cores.map_or("-".into(), |cores| format!("{cores:.2}"));
        let failure = entry
            .failure
            .as_deref()
            .map_or(String::new(), |why| format!("<b class='bad'>{}</b> ", escaped(why)));
        let _ = write!(
            html,
            "<td>{cpu}</td><td>{cores}</td><td>{}</td><td class='note'>{failure}{}</td></tr>",
            escaped(&entry.wait),
            escaped(&entry.note)
        );
    }
    html + "</table></div>"
}
