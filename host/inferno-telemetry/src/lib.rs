//! Metrics with their units and provenance, in the Prometheus text format.
//!
//! Owns: the names, units, buckets and HELP texts of everything the server counts, in one registry of its own.
//! Refuses: globals, labels made of user input, and numbers that nobody measured; a value that this machine
//! cannot tell is absent from the exposition, never zero. Easily confused with logging (`tracing`), which tells
//! what happened once, and with the benchmarks, which compare.

mod aliases;
mod catalogue;
mod collectors;
mod engine;
mod generation;
mod metric;
mod process;
mod record;
mod registry;

pub use engine::{EngineMetrics, EngineTotals, RequestEnd};
pub use metric::{Kind, Metric, Provenance, Unit};
pub use record::{Chunk, History, HistoryError, QueryError, Recorder, Strip};
pub use registry::Metrics;
