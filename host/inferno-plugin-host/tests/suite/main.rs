//! Components, good and hostile, through the public interface of the host.
//!
//! Hostile guests are written here in the text format, so that each shows what it does in a few lines. Components
//! that were built from Rust are in `built`.

mod analyzers;
mod beside;
mod built;
mod bytes;
mod faults;
mod graphs;
mod guest;
mod limits;
mod panel;
mod patches;
mod trial;
mod widgets;
