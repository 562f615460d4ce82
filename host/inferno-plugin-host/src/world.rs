//! What a component of each kind may import and must export.
//!
//! Owns the table of worlds that this host serves. A world lives in the version of the contract in which it last
//! changed, so a component of an unchanged kind goes on working when the contract grows. Refuses kinds that are not in
//! it.

use inferno_package::Kind;

/// A world of `inferno:plugin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct World {
    /// The version that this host serves: major and minor.
    pub(crate) version: &'static str,
    /// The interfaces that may be imported.
    pub(crate) imports: &'static [&'static str],
    /// The interface that must be exported.
    pub(crate) export: &'static str,
}

/// The world of a kind; none for a kind that this host cannot run.
pub(crate) fn world(kind: Kind) -> Option<World> {
    Some(match kind {
        Kind::OptimizationPass => World { version: "0.1", imports: &["graph", "log"], export: "pass" },
        Kind::Widget => World { version: "0.2", imports: &["metrics", "view", "log"], export: "panel" },
        Kind::Analyzer => World { version: "0.2", imports: &["metrics", "log"], export: "analysis" },
        _ => return None,
    })
}

impl World {
    /// The interfaces that may be imported, as a sentence has them.
    pub(crate) fn imports_in_words(self) -> String {
        let names: Vec<_> = self.imports.iter().map(|name| format!("`inferno:plugin/{name}`")).collect();
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => "nothing".to_owned(),
        }
    }

    /// Whether this host serves a component built for `version`, such as `0.1.0`.
    pub(crate) fn serves(self, version: &str) -> bool {
        let patch = version.strip_prefix(self.version).and_then(|rest| rest.strip_prefix('.'));
        patch.is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
    }
}
