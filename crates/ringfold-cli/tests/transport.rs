//! Every byte arrives, in order, whatever the memory, the blocks and the pace; and the checksums say so.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use common::{bytes, feed, pipe, ringfold, stderr};

/// Castagnoli's polynomial, reflected, bit by bit: slow and independent of the crate that ringfold uses.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn bytes_arrive_at_every_memory_size() {
    for memory in ["64k", "1M", "64M"] {
        for count in [0, 1, 65_535, 65_536, 5_000_001] {
            let sent = bytes(count);
            let output = feed(pipe(&format!("-m {memory} --checksum crc32c")), &sent);
            assert!(output.status.success(), "{}", stderr(&output));
            assert!(output.stdout == sent, "{count} bytes through {memory}");
            let sum = format!("{:08x}", crc32c(&sent));
            assert!(stderr(&output).contains(&sum), "{sum} in {}", stderr(&output));
        }
    }
}

/// The expected values come from `xxhsum -H3` and `b3sum` over the same bytes.
#[test]
fn checksums_are_those_of_other_programs() {
    let sent = bytes(5_000_001);
    for (algorithm, expected) in [
        ("xxh3", "cdb679650c140bcc"),
        ("blake3", "44531acb32fa24af5fc0f4d99bed483b9969f1c3debf3fc8044ecdc0085c4044"),
    ] {
        let output = feed(pipe(&format!("-q -m 1M --checksum {algorithm}")), &sent);
        assert_eq!(output.stdout.len(), sent.len());
        let words = stderr(&output);
        assert_eq!(words.split_whitespace().collect::<Vec<_>>(), [algorithm, expected]);
    }
}

#[test]
fn files_are_copied_whole_with_and_without_huge_pages() {
    let dir = tempfile::tempdir().expect("a directory");
    let (from, to) = (dir.path().join("in"), dir.path().join("out"));
    let sent = bytes(20_000_003);
    fs::write(&from, &sent).expect("a file");
    for words in
        ["-m 64k", "-m 4M -s 1M", "-m 64M", "-m 8M -L", "-m 16M --huge-pages try", "-m 8M -P 50 -p 25"]
    {
        let output = pipe(words).arg("-i").arg(&from).arg("-f").arg("-o").arg(&to).output().expect("runs");
        assert!(output.status.success(), "{words}: {}", stderr(&output));
        assert!(fs::read(&to).expect("a file") == sent, "{words}");
    }
}

#[test]
fn tiny_blocks_work() {
    let sent = bytes(100_000);
    for block in ["1", "7", "4093", "32k"] {
        let output = feed(pipe(&format!("-q -m 64k -s {block}")), &sent);
        assert!(output.status.success() && output.stdout == sent, "-s {block}");
    }
}

/// The writer falls behind again and again, so that the stream turns from lane to lane.
#[test]
fn bytes_arrive_in_order_when_either_side_is_slow() {
    let sent = bytes(24_000_000);
    for words in ["-q -m 32M", "-q -m 8M -s 4k", "-q -m 16M -s 100"] {
        let mut child = pipe(words).stdin(Stdio::piped()).spawn().expect("ringfold starts");
        let mut stdin = child.stdin.take().expect("piped");
        let mut stdout = child.stdout.take().expect("piped");
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                for (number, piece) in sent.chunks(300_001).enumerate() {
                    stdin.write_all(piece).expect("ringfold reads");
                    thread::sleep(Duration::from_millis(u64::from(number % 16 == 0) * 10));
                }
                drop(stdin);
            });
            let mut piece = vec![0; 1 << 20];
            for round in 0.. {
                match stdout.read(&mut piece).expect("ringfold writes") {
                    0 => break,
                    count => received.extend_from_slice(&piece[..count]),
                }
                thread::sleep(Duration::from_millis(u64::from(round % 8 == 0) * 25));
            }
        });
        assert!(child.wait().expect("it ends").success());
        assert!(received == sent, "{words}: {} of {} bytes", received.len(), sent.len());
    }
}

#[test]
fn a_trickle_is_not_held_back() {
    let mut child = pipe("-q -s 1M").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = child.stdout.take().expect("piped");
    for word in [&b"one"[..], b"two", b"three"] {
        stdin.write_all(word).expect("ringfold reads");
        let mut came = vec![0; word.len()];
        stdout.read_exact(&mut came).expect("comes without more being sent");
        assert_eq!(came, word);
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn writing_starts_at_the_watermark_and_not_before() {
    let mut child = pipe("-q -m 64k -P 50").stdin(Stdio::piped()).spawn().expect("ringfold starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = child.stdout.take().expect("piped");
    let sent = bytes(50_000);
    stdin.write_all(&sent[..30_000]).expect("ringfold reads");
    let reading = thread::spawn(move || {
        let mut first = [0];
        stdout.read_exact(&mut first).expect("comes");
        (first[0], stdout)
    });
    thread::sleep(Duration::from_millis(300));
    assert!(!reading.is_finished(), "something was written below the watermark");
    stdin.write_all(&sent[30_000..40_000]).expect("ringfold reads");
    let (first, mut stdout) = reading.join().expect("the reading thread ends");
    stdin.write_all(&sent[40_000..]).expect("ringfold reads");
    drop(stdin);
    let mut received = vec![first];
    stdout.read_to_end(&mut received).expect("the rest comes, though the watermark is not reached again");
    assert!(received == sent);
    assert!(child.wait().expect("it ends").success());
}

/// Pieces of odd sizes never fill the ring to the last byte, and yet the watermark of all of it is reached.
#[test]
fn a_watermark_of_all_the_memory_can_be_reached() {
    for words in ["-q -m 64k -P 100", "-q -m 64k -P 100 -p 0", "-q -m 64k -s 1k -P 99 -p 1"] {
        let sent = bytes(300_007);
        let mut child = pipe(words).stdin(Stdio::piped()).spawn().expect("ringfold starts");
        let mut stdin = child.stdin.take().expect("piped");
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                sent.chunks(777).for_each(|piece| stdin.write_all(piece).expect("ringfold reads"));
                drop(stdin);
            });
            child.stdout.take().expect("piped").read_to_end(&mut received).expect("ringfold writes");
        });
        assert!(child.wait().expect("it ends").success());
        assert!(received == sent, "{words}");
    }
}

#[test]
fn the_limits_are_not_exceeded() {
    for option in ["-r", "-R"] {
        let sent = bytes(300_000);
        let begin = Instant::now();
        let output = feed(pipe(&format!("{option} 1M --stats json")), &sent);
        let took = begin.elapsed().as_secs_f64();
        assert!(output.stdout == sent);
        assert!(took >= 300_000.0 / f64::from(1 << 20), "{option}: {took} s");
        let json: serde_json::Value = serde_json::from_str(&stderr(&output)).expect("JSON");
        assert_eq!(json["bottleneck"], if option == "-r" { "limit_in" } else { "limit_out" });
    }
}

#[test]
fn stats_are_one_json_object() {
    let sent = bytes(1_000_000);
    let output = feed(pipe("--stats json --checksum crc32c"), &sent);
    let json: serde_json::Value =
        serde_json::from_str(&stderr(&output)).expect("only JSON on standard error");
    assert_eq!(json["outcome"], "complete");
    assert_eq!(json["exit_code"], 0);
    assert_eq!(json["bytes_read"], 1_000_000);
    assert_eq!(json["bytes_delivered"], 1_000_000);
    assert_eq!(json["bytes_undelivered"], 0);
    assert_eq!(json["checksum"]["hex"], format!("{:08x}", crc32c(&sent)));
    assert!(
        json["memory"]["peak_fill_bytes"].as_u64()
            <= json["memory"]["capacity_bytes"].as_u64().map(|c| c + (8 << 20))
    );
    for side in ["reader", "writer"] {
        assert!(json[side]["calls"].as_u64() > Some(0), "{json}");
    }
}

#[test]
fn stats_may_go_to_a_file_beside_the_closing_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("stats.json");
    let mut command = pipe("--stats-file");
    command.arg(&file);
    let output = feed(command, b"hello");
    assert_eq!(output.stdout, b"hello");
    assert!(stderr(&output).contains("verdict"), "{}", stderr(&output));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON");
    assert_eq!(json["bytes_delivered"], 5);
}

#[test]
fn quiet_means_silence_when_all_is_well() {
    let output = feed(pipe("-q"), b"hello");
    assert_eq!((stderr(&output), output.stdout), (String::new(), b"hello".to_vec()));
}

#[test]
fn no_progress_where_there_is_no_terminal() {
    let output = feed(pipe("-r 1M"), &bytes(400_000));
    assert!(!stderr(&output).contains("now"), "{}", stderr(&output));
    assert!(!stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
}

#[test]
fn memory_may_be_a_percentage() {
    let output = feed(ringfold_pipe_percent(), b"x");
    assert_eq!(output.stdout, b"x");
}

fn ringfold_pipe_percent() -> std::process::Command {
    let mut command = ringfold();
    command.args(["pipe", "-q", "-m", "1%"]);
    command
}
