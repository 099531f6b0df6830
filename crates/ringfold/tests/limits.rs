//! Linux: what rooms do where a limit of the process leaves them little.
#![cfg(all(target_os = "linux", not(any(miri, loom))))]

use ringfold::List;

/// In a process of its own, which has so little address space that nothing ample can be reserved.
#[test]
fn a_list_lies_in_chunks_where_address_space_is_limited() {
    const VARIABLE: &str = "RINGFOLD_TEST_LIST_CHILD";
    if std::env::var_os(VARIABLE).is_some() {
        return in_a_gibibyte();
    }
    let output = std::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -v 1048576 && exec \"$0\" --exact a_list_lies_in_chunks_where_address_space_is_limited",
        ])
        .arg(std::env::current_exe().unwrap())
        .env(VARIABLE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn in_a_gibibyte() {
    let mut list = List::new();
    list.extend(0..1_000_000u64);
    assert_eq!(list.fallback().and_then(|refused| refused.limit()), Some("RLIMIT_AS"));
    assert!(list.as_slice().is_none() && list.iter().copied().eq(0..1_000_000));
    let error = List::<u64>::builder().contiguous(true).build().unwrap_err();
    assert_eq!(error.limit(), Some("RLIMIT_AS"));
    // What is asked for is had, as long as it fits.
    let mut small = List::builder().contiguous(true).room_for(100_000).build().unwrap();
    small.extend(0..100_000u64);
    assert!(small.as_slice().is_some());
    // Until nothing is left: an error then, and nothing is lost.
    let mut full = List::builder().contiguous(false).build().unwrap();
    let refused = loop {
        if let Err(refused) = full.try_push([full.len(); 128]) {
            break refused;
        }
    };
    assert_eq!(refused.item, [full.len(); 128]);
    assert!(!refused.to_string().is_empty() && full.len() > 100_000);
    assert!(full.iter().enumerate().all(|(number, item)| *item == [number; 128]));
}
