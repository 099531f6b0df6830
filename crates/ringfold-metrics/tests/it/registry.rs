//! What is registered, for how long, and under which names.

use ringfold::pool::{Config, Pool};
use ringfold::{broadcast, spsc};
use ringfold_metrics::{NameTaken, Registry};

#[test]
fn a_ring_disappears_with_its_last_handle_and_its_name_is_free() {
    let registry = Registry::new();
    let (producer, consumer) = spsc::with_capacity::<u8>(4).unwrap();
    registry.ring("a", producer.watch()).unwrap();
    let taken = registry.ring("a", consumer.watch()).unwrap_err();
    assert_eq!(taken, NameTaken { name: "a".into() });
    assert!(taken.to_string().contains("`a`: choose another name"), "{taken}");
    drop(producer);
    assert!(registry.samples().len() > 5, "one handle is there");
    drop(consumer);
    assert_eq!(registry.samples(), []);
    let (producer, consumer) = spsc::with_capacity::<u8>(4).unwrap();
    registry.ring("a", producer.watch()).unwrap();
    drop((producer, consumer));
    let (producer, _consumer) = spsc::with_capacity::<u8>(4).unwrap();
    registry.ring("a", producer.watch()).expect("it is free also if nobody has looked since");
}

#[test]
fn broadcast_rings_and_pools_stay_until_removed() {
    let registry = Registry::new();
    let mut ticks = broadcast::builder::<u8>(4).build().unwrap();
    registry.broadcast("ticks", ticks.subscriber()).unwrap();
    ticks.publish(|event| *event = 1).unwrap();
    drop(ticks);
    let pool = Pool::new(Config::mobile()).unwrap();
    registry.pool("pool", pool.clone()).unwrap();
    let event = pool.alloc(b"kept", 0).unwrap();
    drop(pool);
    let value = |name: &str| {
        let samples = registry.samples();
        samples.iter().find(|sample| sample.metric.name() == name).map(|sample| sample.value.as_f64())
    };
    assert_eq!(value("ringfold_written_items_total"), Some(1.0));
    assert_eq!(value("ringfold_pool_in_use_slots"), Some(1.0));
    assert!(registry.remove("ticks") && registry.remove("pool") && !registry.remove("pool"));
    assert_eq!(registry.samples(), []);
    assert_eq!(*event, *b"kept");
}

#[test]
fn a_level_is_exported_from_when_it_is_said_until_it_is_dropped() {
    let registry = Registry::new();
    let level = registry.level("window", "ring").unwrap();
    assert_eq!(registry.samples(), []);
    level.set(0, 10);
    assert_eq!(registry.samples().len(), 2);
    assert!(registry.level("window", "queue").is_err());
    drop(level);
    assert_eq!(registry.samples(), []);
    registry.level("window", "queue").unwrap();
}

#[test]
fn clones_are_one_registry() {
    let registry = Registry::new();
    let (producer, _consumer) = spsc::with_capacity::<u8>(4).unwrap();
    registry.clone().ring("a", producer.watch()).unwrap();
    assert_eq!(format!("{registry:?}"), r#"["a"]"#);
    fn travels<T: Send + Sync + 'static>(_: &T) {}
    travels(&registry);
}
