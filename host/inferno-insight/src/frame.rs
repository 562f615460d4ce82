//! The answer to a query: values on a common grid of times.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Provenance, Unit, number};

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Frame {
    /// The metric.
    pub metric: String,
    /// The unit of all values.
    pub unit: Unit,
    /// How they came to be known.
    pub provenance: Provenance,
    /// The end of each step in milliseconds since 1970, oldest first.
    #[serde(with = "number")]
    #[schema(value_type = Vec<f64>)]
    pub times: Vec<f64>,
    /// One for each set of labels.
    pub series: Vec<Series>,
}

/// One line of values, one per time of its frame.
///
/// The bucket of a histogram is a series with the label `le`, its upper bound; buckets count what lies between their
/// bound and the one below, not everything below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Series {
    /// What sets it apart.
    pub labels: Vec<Label>,
    /// NaN, in JSON `null`, where nothing was sampled.
    #[serde(with = "number")]
    #[schema(value_type = Vec<Option<f64>>)]
    pub values: Vec<f64>,
}

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Such as `model`.
    pub name: String,
    /// Such as the model's name.
    pub value: String,
}

impl Series {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| label.name == name).map(|label| label.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_travel_as_null() {
        let text = r#"{"metric":"m","unit":"per-second","provenance":"measured","times":[1000.0,2000.0],"series":[{"labels":[{"name":"model","value":"a"}],"values":[1.5,null]}]}"#;
        let frame: Frame = serde_json::from_str(text).expect("a frame");
        assert!(frame.series[0].values[1].is_nan());
        assert_eq!(frame.series[0].label("model"), Some("a"));
        assert_eq!(serde_json::to_string(&frame).expect("JSON"), text);
    }
}
