//! The crate from outside: hostile files, tokenizers against their reference, and the demo model.

mod arch;
mod demo;
mod gguf;
mod template;
mod tokenizer;
