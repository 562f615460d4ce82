//! A day of samples.
//!
//! New samples of all series come as one row, ten seconds of them at a time. Every ten minutes those rows are folded
//! into one block per series, what is older than a day goes, and if the blocks take more than [`HISTORY_BYTES`] then
//! the oldest of them go too.

mod fold;
mod read;
mod series;

use inferno_insight::Label;

use crate::{Store, StoreError, packed::pack};

pub use read::Block;

/// How long samples are kept, in seconds.
pub const HISTORY_SECONDS: i64 = 86_400;
/// What the samples in all blocks may take, in bytes. The file is larger by its indices.
pub const HISTORY_BYTES: i64 = 64 << 20;
/// What is folded into one block, in seconds.
const FOLD: i64 = 600;
/// The longest chunk, in seconds.
const LONGEST: usize = 7_200;

/// Samples of one series, one for each second.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// The metric.
    pub metric: String,
    /// What sets the series apart.
    pub labels: Vec<Label>,
    /// NaN where nothing was sampled.
    pub values: Vec<f64>,
}

impl Store {
    /// Adds `seconds` samples of each series from the second `first` on, which must be later than all there are. They
    /// survive the end of the process when this returns.
    ///
    /// # Errors
    /// When they overlap with others, are not `seconds` each, or cannot be written.
    pub async fn append_history(
        &self,
        first: i64,
        seconds: usize,
        series: &[Samples],
    ) -> Result<(), StoreError> {
        let fits = |samples: &Samples| samples.values.len() == seconds;
        if seconds == 0 || seconds > LONGEST || !series.iter().all(fits) {
            return Err(StoreError::Damaged { what: "new samples" });
        }
        let values: Vec<f64> = series.iter().flat_map(|samples| samples.values.iter().copied()).collect();
        let values = pack(&values)?;
        let mut transaction = self.history.begin_with("BEGIN IMMEDIATE").await?;
        if read::end(&mut transaction).await?.is_some_and(|end| first < end) {
            return Err(StoreError::Overlap);
        }
        fold::fold_before(&mut transaction, first - first.rem_euclid(FOLD), first + seconds as i64).await?;
        let ids = series::ids(&mut transaction, series).await?;
        sqlx::query("INSERT INTO recent (first, seconds, count, series, samples) VALUES (?, ?, ?, ?, ?)")
            .bind(first)
            .bind(seconds as i64)
            .bind(ids.len() as i64)
            .bind(pack(&ids)?)
            .bind(values)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Leaves out what was sampled at the second `tick` and later, and what shares a block with it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forget_history_from(&self, tick: i64) -> Result<(), StoreError> {
        let mut transaction = self.history.begin_with("BEGIN IMMEDIATE").await?;
        for statement in
            ["DELETE FROM block WHERE first + seconds > ?", "DELETE FROM recent WHERE first + seconds > ?"]
        {
            sqlx::query(statement).bind(tick).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
