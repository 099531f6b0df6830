//! For OpenTelemetry: observable instruments, which read the figures when they are exported.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use crate::catalogue::METRICS;
use crate::metric::{Kind, Metric};
use crate::registry::Registry;
use crate::sample::{Sample, Value};

/// Makes an instrument of `meter` for every metric, which observes what is in `registry` whenever the meter's provider exports: by OTLP, if that is what its
/// reader does. Call it once for a registry and a meter; the instruments live as long as the provider.
///
/// Names have dots and no unit, as is the custom there; what Prometheus makes of them when it receives OTLP are the names that
/// [`prometheus`](crate::prometheus) exports, so that the dashboard serves both.
///
/// ```no_run
/// # fn provider() -> opentelemetry::metrics::noop::NoopMeterProvider { unimplemented!() }
/// use opentelemetry::metrics::MeterProvider;
/// use ringfold_metrics::{Registry, otlp};
///
/// // SdkMeterProvider::builder().with_periodic_exporter(MetricExporter::builder().with_http().build()?).build()
/// let provider = provider();
/// let registry = Registry::new();
/// otlp::observe(&registry, &provider.meter("my program"));
/// ```
pub fn observe(registry: &Registry, meter: &Meter) {
    for metric in METRICS {
        let (name, unit, registry) = (metric.dotted_name(), metric.unit.ucum(), registry.clone());
        match (metric.kind, metric.unit.is_whole()) {
            (Kind::Counter, true) => {
                let builder =
                    meter.u64_observable_counter(name).with_unit(unit).with_description(metric.help);
                builder.with_callback(move |to| observe_all(&registry, metric, to, whole)).build();
            }
            (Kind::Counter, false) => {
                let builder =
                    meter.f64_observable_counter(name).with_unit(unit).with_description(metric.help);
                builder.with_callback(move |to| observe_all(&registry, metric, to, Value::as_f64)).build();
            }
            (_, true) => {
                let builder = meter.u64_observable_gauge(name).with_unit(unit).with_description(metric.help);
                builder.with_callback(move |to| observe_all(&registry, metric, to, whole)).build();
            }
            (_, false) => {
                let builder = meter.f64_observable_gauge(name).with_unit(unit).with_description(metric.help);
                builder.with_callback(move |to| observe_all(&registry, metric, to, Value::as_f64)).build();
            }
        }
    }
}

fn observe_all<N>(
    registry: &Registry,
    metric: &'static Metric,
    to: &dyn AsyncInstrument<N>,
    convert: fn(Value) -> N,
) {
    for Sample { labels, value, .. } in registry.samples().into_iter().filter(|sample| sample.is_of(metric)) {
        let labels: Vec<_> = labels.into_iter().map(|(label, value)| KeyValue::new(label, value)).collect();
        to.observe(convert(value), &labels);
    }
}

fn whole(value: Value) -> u64 {
    match value {
        Value::Whole(value) => value,
        Value::Real(value) => value as u64,
    }
}
