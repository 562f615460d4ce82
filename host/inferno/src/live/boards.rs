//! The board, kept by the store.

use inferno_http::seam::{Answer, Boards};
use inferno_insight::Board;
use inferno_store::Store;

use super::problem;

/// The board of a store.
pub(crate) struct StoredBoard(pub(crate) Store);

impl Boards for StoredBoard {
    fn board(&self) -> Answer<'_, Board> {
        Box::pin(async { self.0.board().await.map_err(|error| problem::store(&error)) })
    }

    fn save(&self, changed: Board) -> Answer<'_, Board> {
        Box::pin(async move {
            let saved = self.0.save_board(changed.revision, changed.items).await;
            saved.map_err(|error| problem::store(&error))
        })
    }
}
