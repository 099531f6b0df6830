//! The page and the Markdown table, made from a recorded run; and the page as a browser shows it.
//!
//! The recording is `recorded.json`: `--report --minutes 0`, cut down to a cell or a few of each kind.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

/// What the page must not have: whatever would be fetched, or run.
const FOREIGN: [&str; 7] = ["<script", "<link", "<img", "<iframe", "@import", "url(", "src="];

struct Rendered {
    folder: TempDir,
    html: String,
    markdown: String,
}

fn rendered() -> Rendered {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name);
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded.json");
    let output = Command::new(env!("CARGO_BIN_EXE_ringfold-bench"))
        .arg("--from")
        .arg(recorded)
        .arg("--html")
        .arg(file("page.html"))
        .arg("--markdown")
        .arg(file("page.md"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(file(name)).unwrap();
    Rendered { html: read("page.html"), markdown: read("page.md"), folder }
}

#[test]
fn the_page_is_whole_and_needs_nothing_from_elsewhere() {
    let Rendered { html, .. } = rendered();
    for foreign in FOREIGN {
        assert!(!html.contains(foreign), "{foreign}");
    }
    for chapter in
        ["ratios", "losses", "cpu", "memory", "floors", "method", "spsc", "mpsc", "broadcast", "ring"]
    {
        assert!(html.contains(&format!("id='{chapter}'")), "no {chapter}");
        assert!(html.contains(&format!("href='#{chapter}'")), "no way to {chapter}");
    }
    for picture in
        ["latency by percentile", "time against size", "throughput against threads", "ratios of spsc"]
    {
        assert!(html.contains(picture), "no {picture}");
    }
}

#[test]
fn every_figure_of_the_table_has_its_command() {
    let Rendered { markdown, .. } = rendered();
    let rows: Vec<&str> =
        markdown.lines().filter(|line| line.starts_with("| ") && line.contains('×')).collect();
    // The lines of the summary have a room in front and no command, since the whole report makes them.
    let (summary, figures): (Vec<&str>, Vec<&str>) = rows.into_iter().partition(|row| row.starts_with("| `"));
    assert!(summary.len() >= 4 && figures.len() > summary.len(), "{markdown}");
    for row in figures {
        assert!(row.contains("| `--report --minutes 1 ") && row.contains(" --filter /"), "{row}");
    }
}

/// What the page says of itself in the browser.
#[derive(Debug, Deserialize)]
struct Probe {
    width: u32,
    /// Of the whole document; more than the window's means that it scrolls sideways.
    content: u32,
    /// Names of elements outside of what may scroll that stick out to the right.
    beyond: Vec<String>,
    svgs: usize,
    /// Pictures without an extent.
    flat: usize,
    dots: usize,
    curves: usize,
    /// The smallest text in a picture, in pixels of the screen.
    smallest: f64,
}

const PROBE: &str = r"<script>
  const all = (what) => [...document.querySelectorAll(what)];
  // What is folded away has no extent either.
  all('details').forEach((one) => one.open = true);
  const box = (one) => one.getBoundingClientRect();
  const text = all('.plot text').map((one) => parseFloat(getComputedStyle(one).fontSize) * box(one.closest('svg')).width / one.closest('svg').viewBox.baseVal.width);
  const wide = all('body *').filter((one) => !one.closest('.scroll') && !one.closest('svg') && box(one).right > innerWidth + 1);
  const probe = document.createElement('pre');
  probe.id = 'probe';
  probe.textContent = JSON.stringify({
    width: innerWidth, content: document.documentElement.scrollWidth, beyond: wide.map((one) => one.tagName + '.' + one.className),
    svgs: all('svg').length, flat: all('svg').filter((one) => box(one).width < 5 || box(one).height < 5).length,
    dots: all('path.dot, path.beyond').length, curves: all('polyline.curve').length, smallest: Math.min(...text),
  });
  parent.document.body.append(probe);
</script>";

fn browser(folder: &Path, scheme: &str, (width, height): (u32, u32)) -> Command {
    let name = env::var("RINGFOLD_BROWSER").unwrap_or_else(|_| "chromium".into());
    let mut command = Command::new(name);
    command.args(["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]);
    // The page is ours; its sandbox does not work for root, nor in many containers.
    command.arg("--no-sandbox");
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.arg(format!("--window-size={width},{height}"));
    command.arg(format!("--blink-settings=preferredColorScheme={}", if scheme == "dark" { 0 } else { 1 }));
    command
}

/// Looks at the page in a window of this size, and keeps the picture if `RINGFOLD_SCREENSHOTS` names a folder.
fn look(name: &str, scheme: &str, size: (u32, u32)) {
    let page = rendered();
    let folder = page.folder.path();
    let probe = probe(folder, &page.html, scheme, size);
    assert_eq!((probe.width, probe.content), (size.0, size.0), "it scrolls sideways: {probe:?}");
    assert!(probe.beyond.is_empty(), "{:?}", probe.beyond);
    assert!(probe.svgs > 60 && probe.dots > 30 && probe.curves > 20, "{probe:?}");
    assert_eq!(probe.flat, 0, "{probe:?}");
    assert!(probe.smallest >= 8.5, "text too small to read: {probe:?}");

    let picture = folder.join("page.png");
    let mut command = browser(folder, scheme, size);
    command.arg(format!("--screenshot={}", picture.display())).arg(address(&folder.join("page.html")));
    let output = command.output().unwrap();
    assert!(output.status.success() && picture.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    if let Some(keep) = env::var_os("RINGFOLD_SCREENSHOTS") {
        fs::copy(&picture, PathBuf::from(keep).join(format!("{name}-{scheme}.png"))).unwrap();
    }
    let (ground, others) = colours(&picture, size);
    let is_dark = ground.iter().map(|part| u32::from(*part)).sum::<u32>() < 3 * 128;
    assert_eq!(is_dark, scheme == "dark", "{ground:?}");
    assert!(others > 0.03, "blank: {others} of the picture is not ground");
}

/// Asks in a frame, since no window is as narrow as a phone unless a picture is taken of it.
fn probe(folder: &Path, html: &str, scheme: &str, size: (u32, u32)) -> Probe {
    let probed = folder.join("probed.html");
    let page =
        html.replace("</body>", &format!("{PROBE}</body>")).replace('&', "&amp;").replace('"', "&quot;");
    let (width, height) = size;
    let frame =
        format!("<iframe style='border:0;width:{width}px;height:{height}px' srcdoc=\"{page}\"></iframe>");
    fs::write(&probed, format!("<!doctype html><meta charset='utf-8'><body>{frame}</body>")).unwrap();
    let output = browser(folder, scheme, size).arg("--dump-dom").arg(address(&probed)).output().unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = dom.split_once("<pre id=\"probe\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (said, _) = said.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(said).unwrap()
}

fn address(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// The most frequent colour, and the share of all others.
fn colours(picture: &Path, size: (u32, u32)) -> ([u8; 3], f64) {
    let file = std::io::BufReader::new(fs::File::open(picture).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height), size);
    let samples = frame.color_type.samples();
    let mut counts = std::collections::HashMap::<[u8; 3], usize>::new();
    for pixel in pixels[..frame.buffer_size()].chunks_exact(samples) {
        *counts.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
    }
    assert!(counts.len() > 50, "{} colours", counts.len());
    let all: usize = counts.values().sum();
    let (ground, most) = counts.into_iter().max_by_key(|(_, count)| *count).unwrap();
    (ground, 1.0 - most as f64 / all as f64)
}

#[test]
#[ignore = "needs Chromium: cargo xtask test --only page"]
fn it_can_be_read_on_a_phone_at_night() {
    look("phone", "dark", (390, 3000));
}

#[test]
#[ignore = "needs Chromium: cargo xtask test --only page"]
fn it_can_be_read_on_a_desk() {
    look("desk", "light", (1280, 3000));
}
