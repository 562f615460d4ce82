//! The crate from outside: hostile files, tokenizers against their reference, and the demo model.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod arch;
mod demo;
mod gguf;
mod template;
mod tokenizer;
