//! The shapes that travel: requests as clients write them, responses as clients read them.
//!
//! Owns JSON only. Every request type refuses unknown fields, so a misspelt parameter is an error and not a
//! silent default. The domain types they become are in `inferno-types` and `inferno-engine`.

pub mod chat;
pub mod completion;
pub mod error;
pub mod model;
pub mod optimization;
pub mod options;
pub mod system;
