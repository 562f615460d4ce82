//! The registry over its own router: what it takes, what it refuses and in which words, and what survives.

#![expect(clippy::unwrap_used, reason = "what a test takes for granted fails it")]

mod app;
mod auth;
mod catalog;
mod draft;
mod kill;
mod limits;
mod names;
mod operate;
mod order;
mod publish;
mod pull;
mod refused;
mod uploads;
