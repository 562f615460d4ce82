//! What runs beside the answers while a server serves: installed components, what analyzers found, the marketplace.
//!
//! Owns: which components are loaded and which of them may be called, the loop that asks analyzers, and the answers to
//! the questions that `inferno-http` asks through its seams. Refuses to come near a stream: nothing here is called while
//! a token is computed. Easily confused with `assemble`, which brings a model to the point where it can be served.

mod analysts;
mod beside;
mod boards;
mod entry;
mod figures;
mod findings;
mod market;
mod play;
mod problem;
mod records;
mod roster;
mod shop;
mod show;
#[cfg(test)]
mod tests;

pub(crate) use beside::{Beside, Installed};
pub(crate) use records::Records;
pub(crate) use shop::Shop;

use analysts::Analysts;
use boards::StoredBoard;
use figures::Figures;
use findings::Findings;
use market::Market;
use play::Toys;
use roster::{Roster, Setting};
use show::Shown;

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
