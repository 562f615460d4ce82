//! The shapes that travel: requests as clients write them, responses as clients read them.
//!
//! Owns JSON only. Every request type refuses unknown fields, so a misspelt parameter is an error and not a
//! silent default. The domain types they become are in `inferno-types` and `inferno-engine`. What is under `/v1`
//! is spelt as OpenAI spells it; what is under `/api` in camel case, with `{"tag", "val"}` for variants, and without
//! the keys of what is absent.

pub mod chat;
pub mod completion;
pub mod error;
pub mod graph;
pub mod live;
pub mod marketplace;
pub mod metrics;
pub mod model;
pub mod models;
pub mod opportunity;
pub mod optimization;
pub mod options;
pub mod playground;
pub mod plugins;
pub mod system;
pub mod widgets;
