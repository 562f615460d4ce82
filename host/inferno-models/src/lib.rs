//! From a model file to a graph, its weights, a tokenizer and a chat template.
//!
//! Owns everything that is learned from the file itself. Trusts none of it: a hostile file yields an error that
//! names the field. Refuses to fetch files (`inferno-model-hub` does) and to run graphs (the backends do).

pub mod arch;
pub mod config;
pub mod gguf;
mod model;
mod network;
mod summary;
pub mod template;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
mod text;
pub mod tokenizer;

pub use model::{Model, ModelError, inspect};
pub use network::Network;
pub use summary::{Summary, TypeShare};
pub use template::{ChatMessage, ChatTemplate, Prompt, TemplateError};
pub use text::{Text, UnreadText};
pub use tokenizer::{Special, TokenizeError, Tokenizer};
