//! Why a generation ended, in the terms the public API uses.

use serde::{Deserialize, Serialize};

/// Why the model stopped producing tokens for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model ended its turn, or a stop string was reached.
    Stop,
    /// The token budget or the context length was used up.
    Length,
}
