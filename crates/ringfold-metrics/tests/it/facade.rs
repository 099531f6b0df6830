//! The `metrics` facade, with a recorder that remembers.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::with_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use ringfold_metrics::{METRICS, facade};

use crate::exposition::{shown, sorted};
use crate::rooms::{EXPECTED, rooms};

#[test]
fn a_recorder_gets_every_figure() {
    let rooms = rooms();
    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, || {
        facade::describe();
        facade::record(&rooms.registry);
        facade::record(&rooms.registry); // absolute: twice is once
    });
    let mut recorded = BTreeMap::new();
    let mut names = std::collections::BTreeSet::new();
    for (key, _, help, value) in recorder.snapshotter().snapshot().into_vec() {
        let key = key.key();
        let labels = key.labels().map(|label| (label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(value) => value as f64,
            DebugValue::Gauge(value) => *value,
            DebugValue::Histogram(_) => panic!("{key} is no histogram"),
        };
        assert!(help.is_some(), "{key} is described");
        names.insert(key.name().to_owned());
        recorded.insert(shown(key.name(), labels), value);
    }
    for (series, expected) in EXPECTED {
        assert_eq!(recorded.get(&sorted(series)), Some(&expected), "{series}");
    }
    assert_eq!(names, METRICS.iter().map(|metric| metric.name()).collect());
}

#[test]
fn a_sampler_stops_when_it_is_dropped() {
    let rooms = rooms();
    let sampler = facade::every(Duration::from_secs(3600), &rooms.registry).unwrap();
    drop(sampler); // does not wait for an hour
}
