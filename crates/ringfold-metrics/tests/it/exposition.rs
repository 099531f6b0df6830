//! The text for Prometheus, read by a parser of its format.

use std::collections::{BTreeMap, BTreeSet};

use openmetrics_parser::openmetrics::parse_openmetrics;
use openmetrics_parser::{MetricNumber, OpenMetricsType, OpenMetricsValue};
use ringfold_metrics::{Kind, METRICS, Registry};

use crate::rooms::{EXPECTED, rooms};

/// The value of each series, as `name{label="value",..}` with sorted labels.
pub fn series(text: &str) -> BTreeMap<String, f64> {
    let exposition = parse_openmetrics(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut series = BTreeMap::new();
    for (name, family) in &exposition.families {
        for sample in family.iter_samples() {
            let set = sample.get_labelset().unwrap();
            let labels = family.get_label_names().iter().zip(set.iter_values());
            let labels: Vec<(&str, &str)> =
                labels.map(|(label, value)| (label.as_str(), value.as_str())).collect();
            let (suffix, value) = match &sample.value {
                OpenMetricsValue::Counter(counter) => ("_total", number(&counter.value)),
                OpenMetricsValue::Gauge(value) => ("", number(value)),
                OpenMetricsValue::Info => ("_info", 1.0),
                other => panic!("{name}: {other:?}"),
            };
            let before = series.insert(shown(&format!("{name}{suffix}"), labels), value);
            assert_eq!(before, None, "{name} twice");
        }
    }
    series
}

fn number(value: &MetricNumber) -> f64 {
    match value {
        MetricNumber::Int(value) => *value as f64,
        MetricNumber::Float(value) => *value,
    }
}

pub fn shown(name: &str, mut labels: Vec<(&str, &str)>) -> String {
    labels.sort_unstable();
    let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
    format!("{name}{{{}}}", labels.join(","))
}

/// A series as it is written in a test, with its labels sorted.
pub fn sorted(series: &str) -> String {
    let (name, labels) = series.strip_suffix('}').unwrap().split_once('{').unwrap();
    let labels = labels.split(',').map(|label| label.split_once('=').unwrap());
    shown(name, labels.map(|(label, value)| (label, value.trim_matches('"'))).collect())
}

#[test]
fn every_room_says_what_it_did() {
    let rooms = rooms();
    let series = series(&rooms.registry.prometheus_text());
    for (name, expected) in EXPECTED {
        assert_eq!(series.get(&sorted(name)), Some(&expected), "{name}\n{series:#?}");
    }
    assert_eq!(series[&sorted(r#"ringfold_pool_pressure_ratio{pool="events",class="XS"}"#)], 0.9);
    let memory = series[&sorted(r#"ringfold_pool_memory_bytes{pool="events"}"#)];
    assert_eq!(memory, rooms.pool.memory().total() as f64);
    let info = series.keys().filter(|name| name.starts_with("ringfold_ring_info"));
    assert_eq!(
        info.filter(|name| name.contains("version=") && name.contains("backend=")).count(),
        2,
        "spsc, mpsc"
    );
}

#[test]
fn everything_in_the_catalogue_is_exported_with_its_unit_and_help() {
    let rooms = rooms();
    let text = rooms.registry.prometheus_text();
    let exposition = parse_openmetrics(&text).unwrap();
    assert_eq!(exposition.families.len(), METRICS.len(), "nothing else is");
    let exported: BTreeSet<String> =
        series(&text).into_keys().map(|series| series.split('{').next().unwrap().to_owned()).collect();
    for metric in METRICS {
        let name = metric.name();
        assert!(exported.contains(&name), "{name}");
        let family = &exposition.families[name.trim_end_matches("_total").trim_end_matches("_info")];
        assert_eq!((&*family.help, &*family.unit), (metric.help, metric.unit.word()), "{name}");
        let kind = match metric.kind {
            Kind::Counter => OpenMetricsType::Counter,
            Kind::Gauge => OpenMetricsType::Gauge,
            Kind::Info => OpenMetricsType::Info,
        };
        assert_eq!(family.family_type, kind, "{name}");
        assert!(metric.help.ends_with('.') && metric.help.len() < 120, "{name}: {}", metric.help);
    }
}

#[test]
fn counters_only_grow() {
    let mut rooms = rooms();
    let counters = |text: String| {
        let counted = |(name, _): &(String, f64)| name.contains("_total{");
        series(&text).into_iter().filter(counted).collect::<BTreeMap<_, _>>()
    };
    let before = counters(rooms.registry.prometheus_text());
    rooms.spsc.1.pop().unwrap();
    rooms.ticks.publish(|event| *event = 1).unwrap();
    rooms.events.clear();
    let after = counters(rooms.registry.prometheus_text());
    assert_eq!(before.len(), after.len());
    assert!(before.iter().all(|(name, value)| after[name] >= *value));
    assert_eq!(before.iter().filter(|(name, value)| after[*name] > **value).count(), 2, "popped, published");
}

#[test]
fn any_name_is_a_valid_label() {
    let registry = Registry::new();
    let (producer, _consumer) = ringfold::spsc::with_capacity::<u8>(1).unwrap();
    let names = ["", "a b", "quote\"d", "back\\slash", "new\nline", "{ring=\"x\"} 1", "\u{e9}\u{1f300}"];
    for name in names {
        registry.ring(name, producer.watch()).unwrap();
    }
    let text = registry.prometheus_text();
    let exposition = parse_openmetrics(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let family = &exposition.families["ringfold_capacity_items"];
    let found: BTreeSet<String> = family
        .iter_samples()
        .map(|sample| sample.get_labelset().unwrap().get_label_value("ring").unwrap().to_owned())
        .collect();
    assert_eq!(found, names.map(str::to_owned).into());
}

#[test]
fn an_empty_registry_is_a_valid_exposition() {
    assert_eq!(Registry::new().prometheus_text(), "# EOF\n");
}
