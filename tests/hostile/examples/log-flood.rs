//! Writes a million lines to the log, each with escapes that would repaint a terminal.

use inferno_plugin::{Graph, OptimizationPass, PassError, Patch, Target, log};

struct LogFlood;

inferno_plugin::optimization_pass!(LogFlood);

impl OptimizationPass for LogFlood {
    fn apply(_: &Graph, _: &Target) -> Result<Patch, PassError> {
        for line in 0..1_000_000 {
            log::warn(format!("\u{1b}[2J\u{1b}[31mline {line}\r\n\u{7}ERROR forged: all is lost"));
        }
        Ok(Patch { remove: vec![], add: vec![], rewire: vec![] })
    }
}
