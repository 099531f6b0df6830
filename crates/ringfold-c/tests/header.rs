//! The header that is committed says what the library does.

use std::{fs, path::PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The header, from the sources as they are.
fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let bindings = cbindgen::Builder::new()
        .with_crate(root())
        .with_config(config)
        .generate()
        .expect("the sources are valid");
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).expect("it is text");
    // Names as C knows them, and the section of the documentation that only Rust has a name for.
    let header = header.replace("RF_CODE_OK", "RF_OK").replace("RF_CODE_", "RF_ERROR_");
    header.replace("// # Safety\n", "// The caller vouches:\n")
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = root().join("include/ringfold.h");
    let generated = generated();
    if std::env::var_os("RINGFOLD_WRITE_HEADER").is_some() {
        fs::write(&path, &generated).expect("the header can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(generated.lines()).position(|(left, right)| left != right);
    let line = differs.unwrap_or(committed.lines().count().min(generated.lines().count()));
    assert!(
        committed == generated,
        "include/ringfold.h differs from the sources in line {}:\n  committed: {:?}\n  generated: {:?}\n\
         If the sources are right: RINGFOLD_WRITE_HEADER=1 cargo test -p ringfold-c --test header",
        line + 1,
        committed.lines().nth(line),
        generated.lines().nth(line),
    );
}

#[test]
fn every_macro_has_a_prefix_of_ours() {
    let header = generated();
    let macros = header.lines().filter_map(|line| line.trim_start().strip_prefix("#define "));
    let names: Vec<_> = macros.filter_map(|line| line.split([' ', '(']).next()).collect();
    assert!(names.contains(&"RF_FOREVER"), "the macros were not found: {names:?}");
    let foreign: Vec<_> =
        names.iter().filter(|name| !name.starts_with("RF_") && !name.starts_with("RINGFOLD_")).collect();
    assert!(foreign.is_empty(), "these could clash with the program's: {foreign:?}");
}
