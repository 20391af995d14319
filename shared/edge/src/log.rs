//! The log: one JSON object a line, flat, so that a query names each field as it is.
//!
//! The line of an invocation carries its metrics in CloudWatch's embedded metric format: what is written once is log and metric.

use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{COMMIT, Invocation};

/// The target of the lines of invocations. They are written at any level: alarms are made of them.
pub(crate) const REQUESTS: &str = "muster_requests";

/// Fields that are metrics where a line has them, and their units.
const METRICS: [(&str, &str); 10] = [
    ("requests", "Count"),
    ("duration_ms", "Milliseconds"),
    ("read_units", "Count"),
    ("write_units", "Count"),
    ("throttles", "Count"),
    ("cold_starts", "Count"),
    ("refused_credentials", "Count"),
    ("client_errors", "Count"),
    ("server_errors", "Count"),
    ("overdue_changes", "Count"),
];

/// Begins to log, from this level on; CloudWatch keeps the metrics in this namespace.
pub fn start(
    level: Level,
    namespace: String,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) {
    registry()
        .with(targets(level))
        .with(
            layer()
                .event_format(Lines { namespace })
                .with_writer(writer),
        )
        .init();
}

/// From here on a panic leaves a line too: where it was, not what it says, which may name people.
pub(crate) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

fn targets(level: Level) -> Targets {
    Targets::new()
        .with_default(level)
        .with_target(REQUESTS, Level::INFO)
}

/// How a line is written.
struct Lines {
    namespace: String,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line(Map::new());
        let metadata = event.metadata();
        if metadata.target() == REQUESTS {
            event.record(&mut line);
            let metrics = self.metrics(&line.0);
            line.0.insert("_aws".to_owned(), metrics);
        } else {
            Invocation::with_current(|it| line.insert("request_id", it.request_id()));
            event.record(&mut line);
        }
        line.insert("level", metadata.level().as_str());
        line.insert("commit", COMMIT);
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

impl Lines {
    /// What CloudWatch reads of a line: its specification of the embedded metric format.
    fn metrics(&self, line: &Map<String, Value>) -> Value {
        let present = METRICS.iter().filter(|(name, _)| line.contains_key(*name));
        let present = present.map(|(name, unit)| json!({"Name": name, "Unit": unit}));
        // Over all, and by operation. A dimension of directories would be a metric, and a price, for each of them.
        let mut directives = vec![json!({
            "Namespace": self.namespace,
            "Dimensions": [[], ["operation"]],
            "Metrics": present.collect::<Vec<_>>()
        })];
        if line.contains_key("scim_type") {
            directives.push(json!({
                "Namespace": self.namespace,
                "Dimensions": [["scim_type"]],
                "Metrics": [{"Name": "client_errors", "Unit": "Count"}]
            }));
        }
        json!({"Timestamp": milliseconds_since_epoch(), "CloudWatchMetrics": directives})
    }
}

/// A line is written when it is written, whatever time the store is told.
fn milliseconds_since_epoch() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    since.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
}

/// The fields of an event.
struct Line(Map<String, Value>);

impl Line {
    fn insert(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each metric in the namespace of the functions, as the stacks of alarms and the dashboard name it.
    fn shown(stack: &str) -> Vec<&str> {
        let before = [
            r#"operation} MetricName=\""#,
            r#"["${Namespace}", ""#,
            "Namespace: !Ref Namespace, MetricName: ",
            "Namespace: !Ref Namespace\n      MetricName: ",
        ];
        let after = |before| stack.split(before).skip(1);
        let named = before.into_iter().flat_map(after);
        named
            .map(|rest| {
                let end = rest.find(|it: char| !it.is_ascii_lowercase() && it != '_');
                &rest[..end.unwrap_or(rest.len())]
            })
            .collect()
    }

    #[test]
    fn the_stacks_show_the_metrics_that_there_are() {
        let dashboard = shown(include_str!("../../../infra/dashboard.yaml"));
        let alarms = shown(include_str!("../../../infra/alarms.yaml"));
        assert!(alarms.len() >= 4, "{alarms:?}");
        for name in alarms.iter().chain(&dashboard) {
            assert!(METRICS.iter().any(|(known, _)| known == name), "{name}");
        }
        for (name, _) in METRICS {
            assert!(dashboard.contains(&name), "{name} is not on the dashboard");
        }
    }
}
