//! What came of all that was asked, counted; what must not happen is kept in words.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, ensure};

/// Mistakes that are kept in words.
const MOST_KEPT: usize = 10;
/// Comparisons without which nothing is said.
const FEWEST_COMPARED: u64 = 20;

/// Shared by all clients.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    outcomes: BTreeMap<&'static str, u64>,
    mistakes: u64,
    kept: Vec<String>,
}

/// What a comparison with a lone answer is counted as.
pub(crate) const COMPARED: &str = "compared with a lone answer";

impl Tally {
    /// Never poisoned for long: counts are whole between any two additions.
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, outcome: &'static str) {
        *self.counts().outcomes.entry(outcome).or_default() += 1;
    }

    pub(crate) fn mistake(&self, what: String) {
        let mut counts = self.counts();
        counts.mistakes += 1;
        if counts.kept.len() < MOST_KEPT {
            eprintln!("\nmistake: {what}");
            counts.kept.push(what);
        }
    }

    /// All that happened.
    pub(crate) fn total(&self) -> u64 {
        self.counts().outcomes.values().sum()
    }

    /// No mistake, and enough that was looked at.
    pub(crate) fn verdict(&self) -> Result<()> {
        let counts = self.counts();
        ensure!(counts.mistakes == 0, "{} mistakes, such as: {}", counts.mistakes, counts.kept.join("\n"));
        let compared = counts.outcomes.get(COMPARED).copied().unwrap_or_default();
        ensure!(compared >= FEWEST_COMPARED, "only {compared} answers were compared; soak for longer");
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        for (outcome, count) in &counts.outcomes {
            writeln!(f, "{count:>9}  {outcome}")?;
        }
        write!(f, "{:>9}  mistakes", counts.mistakes)
    }
}
