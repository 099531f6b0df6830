//! How far behind is too far.

const UNDER_PRESSURE: f32 = 0.8;
const THROTTLE: f32 = 0.9;

/// How much of a ring of that capacity a reader occupies.
pub(super) fn pressure(lag: u64, capacity: usize) -> f32 {
    (lag as f64 / capacity as f64).min(1.0) as f32
}

/// Somebody should look.
pub(super) fn is_high(pressure: f32) -> bool {
    pressure > UNDER_PRESSURE
}

/// The producer should do less.
pub(super) fn is_too_high(pressure: f32) -> bool {
    pressure >= THROTTLE
}
