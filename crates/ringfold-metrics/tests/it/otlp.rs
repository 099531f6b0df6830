//! OpenTelemetry: the real SDK and the real OTLP exporter, over loopback to a collector that decodes what comes.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use async_trait::async_trait;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{MetricExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, metric, number_data_point};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prost::Message;
use ringfold_metrics::{METRICS, otlp};

use crate::exposition::{shown, sorted};
use crate::rooms::{EXPECTED, rooms};

/// Posts over a plain socket.
#[derive(Debug)]
struct Plain;

#[async_trait]
impl HttpClient for Plain {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut stream = TcpStream::connect(request.uri().authority().ok_or("no host")?.as_str())?;
        let (path, body) = (request.uri().path(), request.body());
        write!(stream, "POST {path} HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).ok_or("no status")?;
        Ok(Response::builder().status(status).body(Bytes::new())?)
    }
}

/// Takes one export and hands it over.
fn collector() -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/metrics", listener.local_addr().unwrap());
    let (sender, exports) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = sender.send(body(&mut stream));
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    (endpoint, exports)
}

fn body(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let headers = String::from_utf8(bytes).unwrap();
    assert!(headers.starts_with("POST /v1/metrics "), "{headers}");
    let length = headers.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    body
}

#[test]
fn a_collector_gets_every_figure_by_otlp() {
    let rooms = rooms();
    let (endpoint, exports) = collector();
    let exporter = MetricExporter::builder()
        .with_http()
        .with_http_client(Plain)
        .with_endpoint(endpoint)
        .build()
        .unwrap();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).build();
    otlp::observe(&rooms.registry, &provider.meter("ringfold"));
    provider.force_flush().unwrap();
    let request = ExportMetricsServiceRequest::decode(&*exports.recv().unwrap()).unwrap();
    let metrics: Vec<Metric> = request
        .resource_metrics
        .into_iter()
        .flat_map(|resource| resource.scope_metrics)
        .flat_map(|scope| scope.metrics)
        .collect();
    let mut exported = BTreeMap::new();
    for metric in &metrics {
        let (is_counter, points) = points(metric);
        assert!(!metric.description.is_empty());
        for point in points {
            exported.insert(
                shown(&prometheus_name(metric, is_counter), labels(&point.attributes)),
                number(point),
            );
        }
    }
    for (series, expected) in EXPECTED {
        assert_eq!(exported.get(&sorted(series)), Some(&expected), "{series}\n{exported:#?}");
    }
    assert_eq!(metrics.len(), METRICS.len());
    provider.shutdown().unwrap();
}

fn points(metric: &Metric) -> (bool, &[NumberDataPoint]) {
    match metric.data.as_ref().expect("data") {
        metric::Data::Gauge(gauge) => (false, &gauge.data_points),
        metric::Data::Sum(sum) => {
            assert!(sum.is_monotonic, "{}", metric.name);
            (true, &sum.data_points)
        }
        other => panic!("{}: {other:?}", metric.name),
    }
}

fn labels(attributes: &[KeyValue]) -> Vec<(&str, &str)> {
    attributes
        .iter()
        .map(|attribute| match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(any_value::Value::StringValue(text)) => (attribute.key.as_str(), text.as_str()),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn number(point: &NumberDataPoint) -> f64 {
    match point.value.expect("a value") {
        number_data_point::Value::AsDouble(value) => value,
        number_data_point::Value::AsInt(value) => value as f64,
    }
}

/// What Prometheus calls a metric that it receives by OTLP: units in braces are dropped, others become words.
fn prometheus_name(metric: &Metric, is_counter: bool) -> String {
    let unit = match metric.unit.as_str() {
        "By" => "_bytes",
        "s" => "_seconds",
        "1" if !is_counter => "_ratio",
        _ => "",
    };
    format!("{}{unit}{}", metric.name.replace('.', "_"), if is_counter { "_total" } else { "" })
}
