//! Figures of ringfold's rings and pools, for Prometheus, for the `metrics` facade and for OpenTelemetry.
//!
//! ```
//! # #[cfg(feature = "prometheus")] {
//! use ringfold::spsc;
//! use ringfold_metrics::{Registry, prometheus};
//!
//! let (mut producer, mut consumer) = spsc::with_capacity(1024)?;
//! let registry = Registry::new();
//! registry.ring("orders", producer.watch())?;
//! let server = prometheus::serve("127.0.0.1:0", &registry)?; // 0 is any port; 9464 is customary
//! println!("curl http://{}/metrics", server.address());
//! # producer.push(1).unwrap();
//! # assert_eq!(consumer.pop(), Ok(1));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing happens on a hot path: the rooms count in words that they have anyway, and a snapshot of these is read when somebody asks. Whatever is counted
//! has one name, unit and explanation for all exporters, in [`METRICS`]; the names follow Prometheus' conventions (base units, `_total` on
//! counters), those of OpenTelemetry are the same with dots.
//!
//! | feature | exporter | what it stands on |
//! |---|---|---|
//! | `prometheus` (default) | [`prometheus::serve`], [`Registry::prometheus_text`], [`prometheus::Rings`] | `prometheus-client`, `httparse` |
//! | `metrics` | `facade::record`, `facade::every` | `metrics` |
//! | `otlp` | `otlp::observe` | `opentelemetry`; the OTLP exporter is the one of your provider |
//!
//! A dashboard for Grafana and four alerting rules for Prometheus are in this crate's folder `dashboards`.

mod catalogue;
mod metric;
mod registry;
mod sample;

#[cfg(feature = "metrics")]
pub mod facade;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(feature = "prometheus")]
pub mod prometheus;

pub use catalogue::METRICS;
pub use metric::{Kind, Metric, Unit};
pub use registry::{Level, NameTaken, Registry};
pub use sample::{Sample, Value};

/// The README's examples are tests too.
#[cfg(all(doctest, feature = "prometheus"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
