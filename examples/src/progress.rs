//! Progress on a terminal; hidden where standard error is none. A bar is wiped when it is dropped.

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A bar over `total` bytes, samples or whatever is counted. `doing` says what is being done.
pub fn bar(total: u64, doing: &'static str) -> ProgressBar {
    styled(ProgressBar::new(total), "{prefix}  [{bar:30}] {percent:>3} %  {eta} left  {msg}", doing)
}

/// A line for what has no known end.
pub fn spinner(doing: &'static str) -> ProgressBar {
    styled(ProgressBar::new_spinner(), "{spinner} {prefix}  {msg}", doing)
}

fn styled(bar: ProgressBar, template: &str, doing: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.progress_chars("=> "));
    bar.set_prefix(doing);
    bar.with_finish(ProgressFinish::AndClear)
}
