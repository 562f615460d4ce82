//! What crosses between the server and its widgets and analyzers: queries and frames in, views and opportunities out.
//!
//! Owns: those types, their JSON, and the checks that make a [`View`] of what a guest returned. Refuses: IO, async,
//! and where the figures come from. Easily confused with `inferno-telemetry`, which measures them.
