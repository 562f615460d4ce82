//! The composition root: the one place that knows every other crate and joins them.
//!
//! Owns: the command line, configuration, the folder everything lives in, and the adapters between crates that must
//! not know one another. Refuses logic of its own: what is worth testing by itself belongs to one of the crates.
//! A library as well as a binary, so that tests and benchmarks load models exactly as the server does.

pub mod assemble;
pub mod cli;
pub mod config;
mod document;
pub mod home;
mod join;
mod live;
pub mod packages;
mod report;
