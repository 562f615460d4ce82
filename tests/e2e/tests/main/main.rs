//! The end-to-end tests, in one binary: what the project promises, tried on the real thing.
#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

mod bench;
mod clients;
mod crowd;
mod files;
mod hostile;
mod journey;
mod numerics;
#[cfg(target_os = "linux")]
mod registries;
mod serving;
mod templates;
mod verifiers;
