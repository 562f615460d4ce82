//! The board: read whole, written whole, and only over the revision that the writer saw.

use inferno_insight::{Board, BoardItem, check_board};
use sqlx::{Row as _, sqlite::SqliteRow};

use crate::{Store, StoreError};

impl Store {
    /// The board as it is; an empty one of revision 0 at first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn board(&self) -> Result<Board, StoreError> {
        let row = sqlx::query("SELECT revision, items FROM board").fetch_one(&self.durable).await?;
        read(&row)
    }

    /// Replaces the board that has the revision `expected`; the board as it is then. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// When the board has another revision, when the items break a bound, or it cannot be written.
    pub async fn save_board(&self, expected: u64, items: Vec<BoardItem>) -> Result<Board, StoreError> {
        check_board(&items)?;
        let text = serde_json::to_string(&items).map_err(|_| StoreError::Damaged { what: "a board" })?;
        let mut transaction = self.durable.begin_with("BEGIN IMMEDIATE").await?;
        let row = sqlx::query("SELECT revision, items FROM board").fetch_one(&mut *transaction).await?;
        let current = revision(&row)?;
        if current != expected {
            return Err(StoreError::Conflict { expected, current });
        }
        let next = current + 1;
        let set = sqlx::query("UPDATE board SET revision = ?, items = ?").bind(next as i64).bind(text);
        set.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Board { revision: next, items })
    }
}

fn read(row: &SqliteRow) -> Result<Board, StoreError> {
    let items: String = row.try_get("items")?;
    let items = serde_json::from_str(&items).map_err(|_| StoreError::Damaged { what: "a board" })?;
    Ok(Board { revision: revision(row)?, items })
}

fn revision(row: &SqliteRow) -> Result<u64, StoreError> {
    let revision: i64 = row.try_get("revision")?;
    u64::try_from(revision).map_err(|_| StoreError::Damaged { what: "a board" })
}
