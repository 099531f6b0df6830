//! What a pool says of itself.

use ringfold::pool::{Config, Health, Pool, SizeClass, WhenExhausted};

#[test]
fn health_has_four_levels() {
    let config = Config::with_capacities([0, 20, 0, 0, 0]).when_exhausted(WhenExhausted::Fail);
    let pool = Pool::new(config).unwrap();
    let mut events = Vec::new();
    let mut levels = Vec::new();
    for in_use in 0..=20 {
        let stats = *pool.stats().class(SizeClass::S).unwrap();
        assert_eq!((stats.in_use, stats.high_water, stats.capacity), (in_use, in_use, 20));
        assert_eq!(stats.is_under_pressure(), in_use > 16, "{in_use}");
        assert_eq!(stats.should_throttle(), in_use >= 18, "{in_use}");
        assert_eq!(stats.health(), pool.health());
        levels.push(stats.health());
        events.extend(pool.alloc(&[0; 100], 0));
    }
    levels.dedup();
    assert_eq!(levels, [Health::Healthy, Health::Strained, Health::Critical, Health::Exhausted]);
    events.truncate(3);
    let stats = *pool.stats().class(SizeClass::S).unwrap();
    assert_eq!((stats.in_use, stats.high_water, stats.allocated, stats.exhausted), (3, 20, 20, 1));
    assert!(pool.stats().class(SizeClass::XXL).is_none());
}

#[test]
fn the_high_water_mark_of_one_thread_is_exact() {
    for threads in [0, 1, 16] {
        let pool = Pool::new(Config::with_capacities([1000, 0, 0, 0, 0]).threads(threads)).unwrap();
        let mut highest = 0;
        for count in [1, 7, 3, 17, 40, 39, 200, 10, 201] {
            let events: Vec<_> = (0..count).map(|_| pool.alloc(&[], 0).unwrap()).collect();
            highest = highest.max(events.len() as u64);
            // Looked at only now and then: it is kept, not found by looking.
            drop(events);
            if count % 2 == 0 {
                assert_eq!(pool.stats().classes[0].high_water, highest, "{threads} threads");
            }
        }
        assert_eq!(pool.stats().classes[0].high_water, 201);
    }
}

#[test]
fn an_audit_finds_what_nobody_drops() {
    let pool = Pool::new(Config::mobile()).unwrap();
    for i in 0..3 {
        std::mem::forget(pool.alloc(&[i; 300], 0).unwrap());
    }
    let held = pool.alloc(&[0; 2000], 0).unwrap();
    assert_eq!(pool.audit(), 0);
    drop((0..50).map(|_| pool.alloc(b"come and gone", 0).unwrap()).collect::<Vec<_>>());
    assert_eq!(pool.audit(), 4);
    let stats = pool.stats();
    assert_eq!((stats.classes[2].leaked, stats.classes[3].leaked, stats.leaked()), (3, 1, 4));
    drop(held);
    let young = pool.alloc(&[0; 2000], 0).unwrap();
    assert_eq!(pool.audit(), 3, "the same slot, but another event");
    drop(young);
    assert_eq!((pool.audit(), pool.stats().in_use()), (3, 3));
}

/// The seed's claims in bytes, class by class as it writes them: contents, and metadata where it names any.
/// A profile's name, what the seed claims of its classes, and of the whole.
type Claim = (&'static str, [(u64, u64); 5], &'static str);

const CLAIMS: [Claim; 3] = [
    (
        "mobile",
        [(32_000, 3500), (64_000, 1800), (100_000, 700), (80_000, 140), (80_000, 35)],
        "~600 KB, elsewhere ~400 KB",
    ),
    (
        "desktop",
        [(128_000, 14_000), (256_000, 7000), (307_000, 2000), (245_000, 420), (245_000, 105)],
        "~2.5 MB, elsewhere ~1.2 MB",
    ),
    (
        "server",
        [(256_000, 28_000), (512_000, 14_000), (614_000, 4200), (491_000, 840), (491_000, 210)],
        "~8 MB, elsewhere ~3 MB",
    ),
];

#[test]
fn the_memory_of_the_profiles_is_what_the_documents_say() {
    let profiles = [Config::mobile(), Config::desktop(), Config::server()];
    let mut totals = Vec::new();
    for (config, (name, claims, claimed)) in profiles.into_iter().zip(CLAIMS) {
        let memory = config.memory();
        assert_eq!(Pool::new(config).unwrap().memory(), memory);
        println!("{name}\n{memory}\nclaimed {claimed}");
        for (class, (contents, metadata)) in memory.classes.iter().zip(claims) {
            let bytes = class.class.bytes().unwrap();
            assert_eq!(class.contents, class.capacity * bytes);
            assert_eq!(class.headers, class.capacity * if bytes < 1024 { 16 } else { 64 });
            println!(
                "  {:<3} contents {:>7}, claimed {contents:>7}; metadata {:>6}, claimed {metadata:>6}",
                class.class.to_string(),
                class.contents,
                class.headers + class.free_bits
            );
        }
        assert_eq!(
            memory.total(),
            memory.metadata() + memory.classes.iter().map(|class| class.contents).sum::<usize>()
        );
        totals.push(memory.total());
    }
    let page = include_str!("../../../../docs/decisions/shape-of-pool.md");
    for total in totals {
        let text = with_commas(total);
        assert!(page.contains(&text), "shape-of-pool.md does not say {text}");
    }
}

fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn machines_get_the_profile_of_their_size() {
    const GIB: u64 = 1 << 30;
    assert_eq!(Config::for_machine(8, Some(4 * GIB)), Config::mobile());
    assert_eq!(Config::for_machine(2, Some(64 * GIB)), Config::mobile());
    assert_eq!(Config::for_machine(8, Some(16 * GIB)), Config::desktop());
    assert_eq!(Config::for_machine(64, Some(8 * GIB)), Config::desktop());
    assert_eq!(Config::for_machine(64, None), Config::desktop());
    assert_eq!(Config::for_machine(12, Some(16 * GIB)), Config::server());
    let found = Config::detect();
    assert!([Config::mobile(), Config::desktop(), Config::server()].contains(&found));
}
