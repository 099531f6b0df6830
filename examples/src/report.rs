use std::fmt;
use std::io::{self, Write};

use anyhow::Result;

/// What a scenario found: a headline, and a labelled line for each thing worth knowing.
pub struct Report {
    headline: String,
    lines: Vec<(&'static str, String)>,
}

impl Report {
    /// A report under `headline`.
    pub fn new(headline: String) -> Self {
        Self { headline, lines: Vec::new() }
    }

    /// With one more line.
    #[must_use]
    pub fn line(mut self, label: &'static str, text: String) -> Self {
        self.lines.push((label, text));
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
        write!(f, "{}", self.headline)?;
        self.lines.iter().try_for_each(|(label, text)| write!(f, "\n  {label:widest$}  {text}"))
    }
}

/// Prints a line, or several, on standard output, at once.
///
/// # Errors
/// When nobody reads it any more, where `println!` would panic.
pub fn print(words: impl fmt::Display) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{words}")?;
    Ok(out.flush()?)
}
