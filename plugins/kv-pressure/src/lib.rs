//! Notices that the key/value cache is too small for what is asked of the server, or soon will be.
//!
//! Owns the cache: how full it is, for how long, and where that leads. Refuses to judge the batch: whether a larger one
//! brings more tokens per second is `batch-tuner`'s to say.

mod pressure;
mod trend;
mod window;

use inferno_plugin::{
    Analyzer,
    analyzer::{Action, AnalysisError, Opportunity, Setting},
    metrics::{Frame, Query},
    text::decimal,
};

use window::Window;

/// The gauges that this analyzer reads. `inferno.toml` names them too.
const UTILIZATION: &str = "inferno_kv_block_utilization_ratio";
const WAITING: &str = "inferno_requests_waiting";
const RUNNING: &str = "inferno_requests_running";
const CAPACITY: &str = "inferno_kv_blocks_capacity";

/// Seconds that are looked at, and seconds of one step.
const WINDOW: u32 = 600;
const STEP: u32 = 5;
/// The part of the cache from which on it counts as full, however small requests are.
const FULL: f64 = 0.9;
/// Positions in a block of the server's cache: `engine.kv_positions` counts positions, the metrics blocks.
const BLOCK_LEN: f64 = 16.0;

struct KvPressure;

inferno_plugin::analyzer!(KvPressure);

impl Analyzer for KvPressure {
    fn queries() -> Vec<Query> {
        vec![
            Query::mean(UTILIZATION, WINDOW, STEP),
            Query::mean(WAITING, WINDOW, STEP),
            Query::mean(RUNNING, WINDOW, STEP),
            Query::last(CAPACITY, WINDOW, STEP),
        ]
    }

    fn analyze(frames: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError> {
        let mut found: Vec<Opportunity> = Vec::new();
        for window in window::windows(frames)? {
            // Of a cache that is too small already, nobody needs to hear that it fills.
            let finding = pressure::find(&window).or_else(|| trend::find(&window));
            // Two models may be called nearly the same; an id stands for one finding.
            found.extend(finding.filter(|new| found.iter().all(|old| old.id != new.id)));
        }
        Ok(found)
    }
}

/// A cache that is so many times as large.
fn enlarge(window: &Window, factor: f64) -> Action {
    let positions = |blocks: f64| decimal(blocks.ceil() * BLOCK_LEN, 0);
    Action::Configure(Setting {
        key: "engine.kv_positions".to_owned(),
        value: positions(window.blocks * factor),
        current: positions(window.blocks),
    })
}

#[cfg(test)]
mod tests;
