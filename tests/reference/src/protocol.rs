//! What can be asked, and what is answered.

use serde::{Deserialize, Serialize};

/// A request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Continue `prompt` by the most likely token, `steps` times.
    Greedy { prompt: Vec<u32>, steps: usize },
    /// The likelihood of `tokens`, in windows that start afresh.
    Score { tokens: Vec<u32>, window: usize },
    /// How long the whole of `tokens` takes as one batch.
    Prefill { tokens: Vec<u32> },
    /// How long `steps` single tokens take after `prompt`.
    Decode { prompt: Vec<u32>, steps: usize },
}

/// One chosen token with the most likely candidates, best first.
#[derive(Debug, Serialize)]
pub struct Step {
    pub token: u32,
    pub top: Vec<(u32, f32)>,
}

/// A sum of negative log-likelihoods, in nats, over `count` predicted tokens.
#[derive(Debug, Serialize)]
pub struct Score {
    pub nll: f64,
    pub count: usize,
}

/// A duration.
#[derive(Debug, Serialize)]
pub struct Took {
    pub seconds: f64,
}
