//! The interface `inferno:plugin/log`: lines from a guest to the operator.
//!
//! A line is cleaned, cut, counted against the budget of the call and forwarded to `tracing` with the plugin's
//! identity. What exceeds the budget is dropped and counted; a chatty guest is no reason to lose its patch.
//! A guest without the grant gets the same interface, and all its lines are dropped: it cannot tell, so a pass
//! behaves alike whether it is heard or not. Each such line counts as a denial.

use crate::{
    LogLimits, PluginIdentity,
    bindings::{pass, widget},
    text,
};

/// The log of one call.
#[derive(Debug)]
pub(crate) struct GuestLog {
    plugin: PluginIdentity,
    allowed: bool,
    lines_left: u32,
    bytes_left: usize,
    line_bytes: usize,
    counts: LogCounts,
}

/// What became of the lines of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LogCounts {
    pub(crate) written: u64,
    pub(crate) dropped: u64,
    pub(crate) denied: u64,
}

impl GuestLog {
    pub(crate) fn new(plugin: PluginIdentity, allowed: bool, limits: &LogLimits) -> Self {
        Self {
            plugin,
            allowed,
            lines_left: limits.lines,
            bytes_left: limits.bytes,
            line_bytes: limits.line_bytes,
            counts: LogCounts::default(),
        }
    }

    /// Ends the log, and tells the operator if something is missing from it.
    pub(crate) fn finish(self) -> LogCounts {
        if self.counts.dropped > 0 {
            let PluginIdentity { name, version, .. } = &self.plugin;
            tracing::warn!(plugin = %name, %version, dropped = self.counts.dropped,
                "the plugin wrote more to the log than it may; the rest was dropped");
        }
        self.counts
    }

    /// The line as it is to be written, or `None` when it is not.
    fn admit(&mut self, message: &str) -> Option<String> {
        if !self.allowed {
            self.counts.denied += 1;
            return None;
        }
        if self.lines_left == 0 || self.bytes_left == 0 {
            self.counts.dropped += 1;
            return None;
        }
        let line = text::clean(message, self.line_bytes);
        self.lines_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(line.len());
        self.counts.written += 1;
        Some(line)
    }
}

impl pass::log::Host for GuestLog {
    fn log(&mut self, level: pass::log::Level, message: String) {
        let level = match level {
            pass::log::Level::Debug => widget::log::Level::Debug,
            pass::log::Level::Info => widget::log::Level::Info,
            pass::log::Level::Warn => widget::log::Level::Warn,
        };
        widget::log::Host::log(self, level, message);
    }
}

impl widget::log::Host for GuestLog {
    fn log(&mut self, level: widget::log::Level, message: String) {
        let Some(line) = self.admit(&message) else { return };
        let PluginIdentity { name, version, digest, .. } = &self.plugin;
        let digest = digest.short();
        match level {
            widget::log::Level::Debug => tracing::debug!(plugin = %name, %version, %digest, "{line}"),
            widget::log::Level::Info => tracing::info!(plugin = %name, %version, %digest, "{line}"),
            widget::log::Level::Warn => tracing::warn!(plugin = %name, %version, %digest, "{line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inferno_types::Digest;

    fn log(allowed: bool, limits: &LogLimits) -> GuestLog {
        let plugin = PluginIdentity {
            name: "test/pass".parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
            digest: Digest::of(b""),
            signer: "tester".to_owned(),
        };
        GuestLog::new(plugin, allowed, limits)
    }

    #[test]
    fn a_flood_is_cut_to_its_budget() {
        let mut log = log(true, &LogLimits { lines: 3, line_bytes: 8, bytes: 1000 });
        let written: Vec<_> =
            (0..10).filter_map(|i| log.admit(&format!("\x1b[2Jline {i} is long"))).collect();
        assert_eq!(written, ["line …", "line …", "line …"]);
        assert_eq!(log.finish(), LogCounts { written: 3, dropped: 7, denied: 0 });
    }

    #[test]
    fn bytes_have_a_budget_of_their_own() {
        let mut log = log(true, &LogLimits { lines: 100, line_bytes: 100, bytes: 10 });
        let written = (0..10).filter(|_| log.admit("0123456").is_some()).count();
        assert_eq!(written, 2);
    }

    #[test]
    fn without_the_grant_nothing_is_written() {
        let mut log = log(false, &LogLimits::default());
        assert_eq!(log.admit("hello"), None);
        assert_eq!(log.finish(), LogCounts { written: 0, dropped: 0, denied: 1 });
    }
}
