//! The embedded database of a server: the history of metrics, the board, which plugins are switched off.
//!
//! Owns: the SQLite file, its migrations and every statement against it. Refuses: what the values mean, and packages,
//! which are `inferno-registry`'s.
//!
//! What was acknowledged survives the end of the process at any moment; the board and the switches survive the
//! machine's too. Nothing is ever repaired: a transaction is there or it is not.

mod board;
mod error;
mod history;
mod packed;
mod store;
mod switches;

pub use error::StoreError;
pub use history::{Block, HISTORY_BYTES, HISTORY_SECONDS, Samples};
pub use store::Store;
