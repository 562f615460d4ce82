//! Measured cost, and when a difference is more than noise.

use std::{error::Error, time::Duration};

use serde::{Deserialize, Serialize};

use super::report::Worth;
use crate::Graph;

/// A difference below one in this many of the old time is not called one, however steady the measurement.
const NOTICEABLE: u32 = 200;

/// Repeated measurements of one thing. In JSON both are seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The median.
    #[serde(with = "seconds")]
    pub median: Duration,
    /// Half the distance between the quartiles.
    #[serde(with = "seconds")]
    pub spread: Duration,
}

/// Times of both graphs, measured in turns in the same run on the backend that will serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// One decode step before.
    pub decode_before: Timing,
    /// One decode step after.
    pub decode_after: Timing,
    /// One prompt before.
    pub prefill_before: Timing,
    /// One prompt after.
    pub prefill_after: Timing,
}

impl Cost {
    /// What the change is worth, or `None` when decode or prefill became slower beyond noise.
    pub fn judge(&self) -> Option<Worth> {
        let changes =
            [gain(self.decode_before, self.decode_after), gain(self.prefill_before, self.prefill_after)];
        match changes {
            _ if changes.contains(&Gain::Slower) => None,
            _ if changes.contains(&Gain::Faster) => Some(Worth::Faster),
            _ => Some(Worth::Neutral),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Gain {
    Faster,
    Same,
    Slower,
}

fn gain(before: Timing, after: Timing) -> Gain {
    let noise = before.spread.max(after.spread).max(before.median / NOTICEABLE);
    if after.median > before.median + noise {
        Gain::Slower
    } else if after.median + noise < before.median {
        Gain::Faster
    } else {
        Gain::Same
    }
}

/// Someone who can run graphs on the real backend.
pub trait CostMeter {
    /// Times both graphs.
    ///
    /// # Errors
    /// When the backend cannot run one of them.
    fn measure(&mut self, before: &Graph, after: &Graph) -> Result<Cost, CostError>;
}

/// A measurement that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the graphs could not be timed")]
pub struct CostError(#[source] pub Box<dyn Error + Send + Sync>);

/// Durations as seconds, the unit of every figure that is served.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}
