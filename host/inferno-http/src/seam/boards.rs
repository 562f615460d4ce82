//! The board.

use std::{future::Future, pin::Pin};

use inferno_insight::Board;

use super::Problem;

/// An answer that takes a while.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// Keeps the board.
pub trait Boards: Send + Sync {
    /// The board as it is.
    fn board(&self) -> Answer<'_, Board>;

    /// Keeps a changed board, whose revision is the one that was changed, and answers with what is kept. Fails with
    /// [`Conflict`](super::ProblemKind::Conflict) when somebody else was faster.
    fn save(&self, changed: Board) -> Answer<'_, Board>;
}
