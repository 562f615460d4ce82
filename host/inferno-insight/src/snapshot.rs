//! The server at a moment: a fixed set of readings that every page can show without asking for windows.
//!
//! Refuses to hold a number that nobody has: a [`Reading`] without a value is no zero. Easily confused with
//! [`Frame`](crate::Frame), which answers a query and has a past.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{Provenance, Unit};

/// One number, or its absence.
///
/// Without a value and `unavailable`, this machine cannot tell. Without a value and otherwise, nothing happened of
/// which it could be told: no request, no latency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    unit: Unit,
    provenance: Provenance,
}

impl Reading {
    /// A reading. What is not finite is no value, and what is unavailable has none.
    pub fn new(value: Option<f64>, unit: Unit, provenance: Provenance) -> Self {
        let value = value.filter(|value| value.is_finite() && provenance != Provenance::Unavailable);
        Self { value, unit, provenance }
    }

    /// What this machine cannot tell.
    pub fn unavailable(unit: Unit) -> Self {
        Self { value: None, unit, provenance: Provenance::Unavailable }
    }

    /// The number, always finite.
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// Its unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How it came to be known.
    pub fn provenance(&self) -> Provenance {
        self.provenance
    }
}

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            #[serde(default)]
            value: Option<f64>,
            unit: Unit,
            provenance: Provenance,
        }
        let Raw { value, unit, provenance } = Raw::deserialize(deserializer)?;
        Ok(Self::new(value, unit, provenance))
    }
}

/// The server at a moment. Rates are over the last 5 seconds, percentiles over the last minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    /// When, in milliseconds since 1970.
    pub at: f64,
    /// The models that are served, by name.
    pub models: Vec<ModelSnapshot>,
    /// The process of the server.
    pub process: ProcessSnapshot,
    /// HTTP requests answered, whatever the answer.
    pub requests_per_second: Reading,
}

/// One model at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelSnapshot {
    /// Its name.
    pub model: String,
    /// Tokens generated.
    pub generation_tokens_per_second: Reading,
    /// Tokens of accepted prompts.
    pub prompt_tokens_per_second: Reading,
    /// Half the requests had their first token within this time; estimated inside a bucket.
    pub time_to_first_token_p50: Reading,
    /// 95 of 100 requests had their first token within this time; estimated inside a bucket.
    pub time_to_first_token_p95: Reading,
    /// Half the gaps between two tokens were shorter; estimated inside a bucket.
    pub inter_token_p50: Reading,
    /// 95 of 100 gaps between two tokens were shorter; estimated inside a bucket.
    pub inter_token_p95: Reading,
    /// Requests in the queue.
    pub requests_waiting: Reading,
    /// Requests that run.
    pub requests_running: Reading,
    /// The part of the key/value cache's blocks that requests hold.
    pub kv_utilization: Reading,
}

/// The process at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessSnapshot {
    /// Memory that is in RAM.
    pub resident_bytes: Reading,
    /// Processor time per time; 2 is two cores all of the time.
    pub cpu_ratio: Reading,
    /// Threads of the operating system.
    pub threads: Reading,
    /// Since the server started.
    pub uptime_seconds: Reading,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: Option<f64>, provenance: Provenance, json: &str) {
        let reading = Reading::new(value, Unit::Seconds, provenance);
        assert_eq!(serde_json::to_string(&reading).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<Reading>(json).expect("a reading"), reading);
    }

    #[test]
    fn a_reading_never_holds_a_number_that_nobody_has() {
        check(Some(1.5), Provenance::Measured, r#"{"value":1.5,"unit":"seconds","provenance":"measured"}"#);
        check(None, Provenance::Estimated, r#"{"unit":"seconds","provenance":"estimated"}"#);
        check(Some(f64::NAN), Provenance::Estimated, r#"{"unit":"seconds","provenance":"estimated"}"#);
        check(Some(1.0), Provenance::Unavailable, r#"{"unit":"seconds","provenance":"unavailable"}"#);
    }

    #[test]
    fn keys_are_those_of_the_front_end() {
        let none = Reading::unavailable(Unit::Seconds);
        let model = ModelSnapshot {
            model: "m".into(),
            generation_tokens_per_second: none,
            prompt_tokens_per_second: none,
            time_to_first_token_p50: none,
            time_to_first_token_p95: none,
            inter_token_p50: none,
            inter_token_p95: none,
            requests_waiting: none,
            requests_running: none,
            kv_utilization: none,
        };
        let json = serde_json::to_value(&model).expect("JSON");
        let mut keys: Vec<_> = json.as_object().expect("an object").keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "generationTokensPerSecond",
                "interTokenP50",
                "interTokenP95",
                "kvUtilization",
                "model",
                "promptTokensPerSecond",
                "requestsRunning",
                "requestsWaiting",
                "timeToFirstTokenP50",
                "timeToFirstTokenP95",
            ]
        );
    }
}
