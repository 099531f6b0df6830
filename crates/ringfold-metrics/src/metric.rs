//! What a metric is: a name, a unit, a kind and an explanation, once for all exporters.

/// One thing that is measured, of every ring or pool that has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    path: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// Whether it only grows.
    pub kind: Kind,
    /// What it means, in a sentence.
    pub help: &'static str,
}

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Nothing that the name does not say.
    None,
    /// Items of a ring, events of a broadcast ring.
    Items,
    /// Slots of a pool.
    Slots,
    /// Events on the heap.
    Events,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// A part of the whole, from 0 to 1.
    Ratio,
}

/// How a metric behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It only grows, as long as the ring or pool lives.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It is always 1; what matters are its labels.
    Info,
}

impl Metric {
    pub(crate) const fn new(path: &'static str, unit: Unit, kind: Kind, help: &'static str) -> Self {
        Self { path, unit, kind, help }
    }

    pub(crate) const fn counter(path: &'static str, unit: Unit, help: &'static str) -> Self {
        Self::new(path, unit, Kind::Counter, help)
    }

    pub(crate) const fn gauge(path: &'static str, unit: Unit, help: &'static str) -> Self {
        Self::new(path, unit, Kind::Gauge, help)
    }

    /// The name in Prometheus, whole: `ringfold_stall_seconds_total`.
    ///
    /// ```
    /// let names: Vec<String> = ringfold_metrics::METRICS.iter().map(|metric| metric.name()).collect();
    /// assert!(names.contains(&"ringfold_written_items_total".to_owned()));
    /// ```
    #[must_use]
    pub fn name(&self) -> String {
        let suffix = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge => "",
            Kind::Info => "_info",
        };
        let unit = self.unit.word();
        let between = if unit.is_empty() { "" } else { "_" };
        format!("{}{between}{unit}{suffix}", self.stem())
    }

    /// The name without unit and suffix: `ringfold_stall`.
    pub(crate) fn stem(&self) -> String {
        format!("ringfold_{}", self.path.replace('.', "_"))
    }

    /// The name in OpenTelemetry: `ringfold.stall`. What Prometheus makes of it and the unit is [`name`](Self::name) again.
    ///
    /// ```
    /// let names: Vec<String> = ringfold_metrics::METRICS.iter().map(|metric| metric.dotted_name()).collect();
    /// assert!(names.contains(&"ringfold.stall".to_owned()) && names.contains(&"ringfold.written.items".to_owned()));
    /// ```
    #[must_use]
    pub fn dotted_name(&self) -> String {
        let suffix = match (self.unit, self.kind) {
            (Unit::Items, _) => ".items",
            (Unit::Slots, _) => ".slots",
            (Unit::Events, _) => ".events",
            (_, Kind::Info) => ".info",
            _ => "",
        };
        format!("ringfold.{}{suffix}", self.path)
    }
}

impl Unit {
    /// As Prometheus has it in names; empty for [`Unit::None`].
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Items => "items",
            Self::Slots => "slots",
            Self::Events => "events",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
            Self::Ratio => "ratio",
        }
    }

    /// Whether its figures are whole numbers.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        !matches!(self, Self::Seconds | Self::Ratio)
    }

    /// As UCUM has it, which OpenTelemetry uses.
    #[must_use]
    pub const fn ucum(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Items => "{item}",
            Self::Slots => "{slot}",
            Self::Events => "{event}",
            Self::Bytes => "By",
            Self::Seconds => "s",
            Self::Ratio => "1",
        }
    }
}
