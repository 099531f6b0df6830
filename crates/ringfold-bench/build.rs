//! Compiles the C++ rivals, if the feature `cpp` asks for them. Their headers come from the system's packages.

fn main() {
    println!("cargo:rerun-if-changed=cpp");
    #[cfg(feature = "cpp")]
    compile();
}

#[cfg(feature = "cpp")]
fn compile() {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .files(["cpp/rivals.cpp", "cpp/crowd.cpp"])
        .std("c++17")
        .opt_level(3)
        .flag_if_supported("-pthread");
    if let Err(why) = build.try_compile("ringfold_bench_rivals") {
        println!("cargo:warning={why}");
        println!(
            "cargo:warning=The C++ rivals need a C++ compiler, Boost, readerwriterqueue and concurrentqueue. On Debian: \
             apt-get install g++ libboost-dev libreaderwriterqueue-dev libconcurrentqueue-dev. Or build without --features cpp."
        );
        std::process::exit(1);
    }
}
