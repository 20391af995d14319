use std::time::Duration;

use serde_json::{Value, json};

/// What came of a phase.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// How long each request took that was answered as it should be.
    pub times: Vec<Duration>,
    /// How many were not.
    pub errors: usize,
    /// What was wrong with the first one.
    pub first_error: Option<String>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Figures {
    /// The names of the columns.
    pub const HEADER: [&str; 5] = ["REQUESTS", "ERRORS", "PER SECOND", "P50 MS", "P99 MS"];

    /// Counts a request that was not answered as it should be.
    pub fn add_error(&mut self, error: String) {
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }

    /// Adds those of another connection, which worked at the same time.
    pub fn merge(&mut self, other: Self) {
        self.times.extend(other.times);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
        self.elapsed = self.elapsed.max(other.elapsed);
    }

    /// How many requests were answered as they should be.
    pub fn requests(&self) -> usize {
        self.times.len()
    }

    /// Of these alone.
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^52 requests")]
    fn per_second(&self) -> f64 {
        if self.elapsed.is_zero() {
            return 0.0;
        }
        self.requests() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time within which so many of a hundred were answered, in milliseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let mut times = self.times.clone();
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        if rank >= times.len() {
            return 0.0;
        }
        let (_, time, _) = times.select_nth_unstable(rank);
        time.as_secs_f64() * 1_000.0
    }

    /// As the columns show them.
    pub fn cells(&self) -> [String; 5] {
        [
            self.requests().to_string(),
            self.errors.to_string(),
            format!("{:.1}", self.per_second()),
            format!("{:.2}", self.percentile(50)),
            format!("{:.2}", self.percentile(99)),
        ]
    }

    pub fn to_json(&self) -> Value {
        let rounded = |figure: f64| (figure * 1_000.0).round() / 1_000.0;
        json!({
            "requests": self.requests(),
            "errors": self.errors,
            "first_error": self.first_error,
            "per_second": rounded(self.per_second()),
            "p50_ms": rounded(self.percentile(50)),
            "p99_ms": rounded(self.percentile(99)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_apart() {
        let mut figures = Figures::default();
        for milliseconds in (1..=100).rev() {
            figures.times.push(Duration::from_millis(milliseconds));
        }
        let mut other = Figures::default();
        other.add_error("it answered 500".to_owned());
        other.add_error("it answered 501".to_owned());
        other.elapsed = Duration::from_secs(4);
        figures.merge(other);
        assert_eq!(figures.cells(), ["100", "2", "25.0", "50.00", "99.00"]);
        assert_eq!(figures.first_error.as_deref(), Some("it answered 500"));
    }

    #[test]
    fn nothing_is_no_division_by_nothing() {
        assert_eq!(
            Figures::default().cells(),
            ["0", "0", "0.0", "0.00", "0.00"]
        );
    }
}
