//! The audio scenario, from outside.

mod common;

use std::fs;
use std::path::Path;

use common::{has_good_help, number_before, run};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

const AUDIO: &str = env!("CARGO_BIN_EXE_audio");

/// A recording of one tone.
fn record(path: &Path, spec: WavSpec, hertz: f64, frames: u32) {
    let mut writer = WavWriter::create(path, spec).expect("a file can be written");
    for frame in 0..frames {
        let turn = std::f64::consts::TAU * hertz * f64::from(frame) / f64::from(spec.sample_rate);
        for _ in 0..spec.channels {
            let loud = 0.5 * turn.sin();
            match spec.sample_format {
                SampleFormat::Float => writer.write_sample(loud as f32),
                SampleFormat::Int => {
                    writer.write_sample((loud * f64::from(1u32 << (spec.bits_per_sample - 1))) as i32)
                }
            }
            .expect("it can be written to");
        }
    }
    writer.finalize().expect("it can be finished");
}

fn loudest(path: &Path) -> f32 {
    let mut reader = WavReader::open(path).expect("the result is there");
    reader.samples::<f32>().map(|sample| sample.expect("a sample").abs()).fold(0.0, f32::max)
}

#[test]
fn the_stream_gives_what_filtering_at_once_gives() {
    for method in ["fft", "fir"] {
        let outcome = run(AUDIO, &["--quick", "--method", method]);
        assert!(outcome.is_verified(), "{}", outcome.all());
        assert!(number_before(&outcome.stdout, "of them across the seam") > 0, "{}", outcome.all());
        assert_eq!(number_before(&outcome.stdout, "samples against"), 96_000);
    }
}

#[test]
fn recordings_of_every_kind_are_filtered() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, channels, bits_per_sample, sample_format, hertz, frames, is_loud) in [
        ("high", 2, 16, SampleFormat::Int, 5000.0, 20_000, false),
        ("low", 1, 24, SampleFormat::Int, 200.0, 20_000, true),
        ("float", 3, 32, SampleFormat::Float, 200.0, 9_999, true),
        ("bytes", 1, 8, SampleFormat::Int, 200.0, 5_000, true),
        ("short", 1, 16, SampleFormat::Int, 200.0, 1, false),
    ] {
        let input = folder.path().join(format!("{name}.wav"));
        record(
            &input,
            WavSpec { channels, sample_rate: 32_000, bits_per_sample, sample_format },
            hertz,
            frames,
        );
        let dir = folder.path().join(name);
        let outcome = run(AUDIO, &["--input", input.to_str().unwrap(), "--dir", dir.to_str().unwrap()]);
        assert!(outcome.is_verified(), "{name}: {}", outcome.all());
        let result = dir.join("filtered.wav");
        assert_eq!(WavReader::open(&result).unwrap().duration(), frames, "{name}");
        // A tone that begins and ends abruptly leaves a click of all frequencies there.
        assert_eq!(loudest(&result) > 0.45, is_loud, "{name}: {}", loudest(&result));
    }
}

#[test]
fn files_are_kept_where_asked_and_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = ["--quick", "--dir", folder.path().to_str().unwrap()];
    assert!(run(AUDIO, &words).is_verified());
    assert!(folder.path().join("recording.wav").exists() && folder.path().join("filtered.wav").exists());
    let again = run(AUDIO, &words);
    assert!(again.is_refused(&["recording.wav", "overwritten", "--dir"]), "{}", again.all());
}

#[test]
fn bad_input_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let spec =
        WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let tone = folder.path().join("tone.wav");
    record(&tone, spec, 100.0, 8000);
    let bytes = fs::read(&tone).expect("it was written");
    fs::write(file("cut.wav"), &bytes[..bytes.len() / 2]).expect("a file can be written");
    fs::write(file("text.wav"), "no recording at all").expect("a file can be written");
    record(Path::new(&file("empty.wav")), spec, 100.0, 0);
    let float = WavSpec { bits_per_sample: 32, sample_format: SampleFormat::Float, ..spec };
    let mut writer = WavWriter::create(file("nan.wav"), float).expect("a file can be written");
    writer.write_sample(f32::NAN).and_then(|()| writer.finalize()).expect("it can be written to");
    for (name, words) in [
        ("none.wav", &["cannot open", "none.wav"][..]),
        ("text.wav", &["text.wav", "no WAV file"]),
        ("cut.wav", &["cannot read on", "cut.wav"]),
        ("empty.wav", &["nothing to filter", "empty.wav"]),
        ("nan.wav", &["nan.wav", "not a number"]),
    ] {
        let outcome = run(AUDIO, &["--input", &file(name)]);
        assert!(outcome.is_refused(words), "{name}: {}", outcome.all());
    }
    let outcome = run(AUDIO, &["--input", &file("tone.wav"), "--cutoff", "4000"]);
    assert!(outcome.is_refused(&["cutoff of 4000 Hz", "below 4000 Hz"]), "{}", outcome.all());
}

#[test]
fn the_help_helps() {
    has_good_help(AUDIO);
}
