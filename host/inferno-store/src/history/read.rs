//! Reading samples: compressed as they lie, so that a day of many series need not be in memory at once.

use std::{collections::HashMap, sync::Arc};

use inferno_insight::Label;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::series::labels;
use crate::{Store, StoreError, packed::unpack};

/// Samples of one series over some time.
#[derive(Debug, Clone)]
pub struct Block {
    series: Arc<Series>,
    first: i64,
    samples: Packed,
}

#[derive(Debug)]
struct Series {
    metric: String,
    labels: Vec<Label>,
}

#[derive(Debug, Clone)]
enum Packed {
    Bytes { bytes: Vec<u8>, seconds: usize },
    Plain(Vec<f64>),
}

impl Block {
    /// The metric.
    pub fn metric(&self) -> &str {
        &self.series.metric
    }

    /// What sets the series apart.
    pub fn labels(&self) -> &[Label] {
        &self.series.labels
    }

    /// The second of the first sample.
    pub fn first(&self) -> i64 {
        self.first
    }

    /// The samples, one for each second; NaN where nothing was sampled.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn values(&self) -> Result<Vec<f64>, StoreError> {
        match &self.samples {
            Packed::Bytes { bytes, seconds } => unpack(bytes, *seconds),
            Packed::Plain(values) => Ok(values.clone()),
        }
    }
}

impl Store {
    /// What was sampled from the second `from` on and before `to`, of one metric or of all. Of each series, the
    /// oldest block comes first. Blocks may reach beyond the range.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn history(&self, metric: Option<&str>, from: i64, to: i64) -> Result<Vec<Block>, StoreError> {
        // Both tables as of the same moment.
        let mut transaction = self.history.begin().await?;
        let names = sqlx::query("SELECT id, metric, labels FROM series WHERE ?1 IS NULL OR metric = ?1")
            .bind(metric)
            .fetch_all(&mut *transaction)
            .await?;
        let mut known = HashMap::new();
        for row in names {
            let text: String = row.try_get("labels")?;
            let series = Series { metric: row.try_get("metric")?, labels: labels(&text)? };
            known.insert(row.try_get::<i64, _>("id")?, Arc::new(series));
        }
        let rows = sqlx::query(
            "SELECT series, first, seconds, samples FROM block
             WHERE series IN (SELECT id FROM series WHERE ?1 IS NULL OR metric = ?1)
             AND first < ?3 AND first + seconds > ?2 ORDER BY series, first",
        );
        let rows = rows.bind(metric).bind(from).bind(to).fetch_all(&mut *transaction).await?;
        let mut blocks = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(series) = known.get(&row.try_get::<i64, _>("series")?) else { continue };
            let samples = Packed::Bytes { bytes: row.try_get("samples")?, seconds: seconds(&row)? };
            blocks.push(Block { series: Arc::clone(series), first: row.try_get("first")?, samples });
        }
        let rows = sqlx::query(
            "SELECT first, seconds, count, series, samples FROM recent
             WHERE first < ?2 AND first + seconds > ?1 ORDER BY first",
        );
        let rows = rows.bind(from).bind(to).fetch_all(&mut *transaction).await?;
        for row in rows {
            let first = row.try_get("first")?;
            for (id, values) in unpack_recent(&row)? {
                if let Some(series) = known.get(&id) {
                    blocks.push(Block { series: Arc::clone(series), first, samples: Packed::Plain(values) });
                }
            }
        }
        Ok(blocks)
    }

    /// The second of the newest sample, if there is any.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn last_sample(&self) -> Result<Option<i64>, StoreError> {
        let mut connection = self.history.acquire().await?;
        Ok(end(&mut connection).await?.map(|end| end - 1))
    }
}

/// The second after the newest sample, if there is any.
pub(super) async fn end(connection: &mut SqliteConnection) -> Result<Option<i64>, StoreError> {
    // What is not folded yet is later than what is, and quicker to look at.
    for newest in ["SELECT MAX(first + seconds) FROM recent", "SELECT MAX(first + seconds) FROM block"] {
        let end: Option<i64> = sqlx::query_scalar(newest).fetch_one(&mut *connection).await?;
        if end.is_some() {
            return Ok(end);
        }
    }
    Ok(None)
}

/// The numbers of the series in a row of all, with their samples.
pub(super) fn unpack_recent(row: &SqliteRow) -> Result<Vec<(i64, Vec<f64>)>, StoreError> {
    let (seconds, count): (usize, i64) = (seconds(row)?, row.try_get("count")?);
    let ids: Vec<u8> = row.try_get("series")?;
    let ids: Vec<i64> = unpack(&ids, usize::try_from(count).unwrap_or(usize::MAX))?;
    let samples: Vec<u8> = row.try_get("samples")?;
    let values: Vec<f64> = unpack(&samples, ids.len() * seconds)?;
    Ok(ids.into_iter().zip(values.chunks_exact(seconds.max(1)).map(<[f64]>::to_vec)).collect())
}

fn seconds(row: &SqliteRow) -> Result<usize, StoreError> {
    let seconds: i64 = row.try_get("seconds")?;
    usize::try_from(seconds).map_err(|_| StoreError::Damaged { what: "samples" })
}
