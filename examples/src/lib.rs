//! What the scenarios share: how they end, what they print, where their files lie, and where the seam of a ring is.

mod ending;
mod folder;
pub mod progress;
mod report;
mod seam;

pub use ending::end;
pub use folder::Folder;
pub use report::{Report, print};
pub use seam::Seam;
