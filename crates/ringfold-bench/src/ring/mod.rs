//! The cases of the room `ring`: content as one slice, packets in and out, writes across the seam. One thread.

mod contiguous;
mod cycle;
mod seam;

use crate::contender::Case;
use crate::rooms::Scale;

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = contiguous::cases(scale);
    cases.extend(cycle::cases(scale));
    cases.extend(seam::cases(scale));
    cases
}
