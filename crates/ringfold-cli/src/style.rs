//! Colours, by meaning. `anstream` drops them where nobody can see them (no terminal, NO_COLOR).

use anstyle::{AnsiColor, Style};

/// It works.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// It works, but could be better.
pub const FAIR: Style = AnsiColor::Yellow.on_default().bold();
/// It does not work.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The point of a line.
pub const BOLD: Style = Style::new().bold();
/// What may be skipped in reading.
pub const DIM: Style = Style::new().dimmed();
