//! From rows of a few seconds of all series to blocks of one series, and what is too old or too much.

use std::collections::BTreeMap;

use sqlx::{Row as _, SqliteConnection};

use super::{FOLD, HISTORY_BYTES, HISTORY_SECONDS, read::unpack_recent};
use crate::{StoreError, packed::pack};

/// Folds the rows that begin before `before`, if there are any; then `now` is the second after the newest sample.
pub(super) async fn fold_before(
    connection: &mut SqliteConnection,
    before: i64,
    now: i64,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT first, seconds, count, series, samples FROM recent WHERE first < ? ORDER BY first",
    )
    .bind(before)
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut groups: BTreeMap<i64, Group> = BTreeMap::new();
    for row in &rows {
        let first: i64 = row.try_get("first")?;
        groups.entry(first.div_euclid(FOLD)).or_default().add(first, unpack_recent(row)?);
    }
    for group in groups.into_values() {
        group.write(connection).await?;
    }
    sqlx::query("DELETE FROM recent WHERE first < ?").bind(before).execute(&mut *connection).await?;
    forget(connection, now).await
}

/// The rows of about ten minutes.
#[derive(Default)]
struct Group {
    first: Option<i64>,
    series: BTreeMap<i64, Vec<f64>>,
}

impl Group {
    fn add(&mut self, first: i64, strips: Vec<(i64, Vec<f64>)>) {
        let start = *self.first.get_or_insert(first);
        let at = usize::try_from(first - start).unwrap_or(0);
        for (id, values) in strips {
            let block = self.series.entry(id).or_default();
            block.resize(at.max(block.len()), f64::NAN);
            block.extend(values);
        }
    }

    async fn write(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        for (id, values) in self.series {
            let there = |value: &f64| !value.is_nan();
            let (Some(skip), Some(last)) = (values.iter().position(there), values.iter().rposition(there))
            else {
                continue;
            };
            let values = &values[skip..=last];
            // A block that is there already has its samples from another process over the same seconds.
            sqlx::query("INSERT OR IGNORE INTO block (series, first, seconds, samples) VALUES (?, ?, ?, ?)")
                .bind(id)
                .bind(self.first.unwrap_or_default() + skip as i64)
                .bind(values.len() as i64)
                .bind(pack(values)?)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}

/// Leaves out what is too old, then the oldest of what is too much, then series without samples.
async fn forget(connection: &mut SqliteConnection, now: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM block WHERE first + seconds <= ?")
        .bind(now - HISTORY_SECONDS)
        .execute(&mut *connection)
        .await?;
    let ages: Vec<(i64, i64)> =
        sqlx::query_as("SELECT first, SUM(LENGTH(samples)) FROM block GROUP BY first ORDER BY first DESC")
            .fetch_all(&mut *connection)
            .await?;
    let mut taken = 0;
    let too_much = ages.into_iter().find(|(_, bytes)| {
        taken += bytes;
        taken > HISTORY_BYTES
    });
    if let Some((first, _)) = too_much {
        sqlx::query("DELETE FROM block WHERE first <= ?").bind(first).execute(&mut *connection).await?;
    }
    // No row of the last seconds is left whose series could lose their numbers.
    sqlx::query(
        "DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM block WHERE block.series = series.id)
                 AND NOT EXISTS (SELECT 1 FROM recent)",
    )
    .execute(connection)
    .await?;
    Ok(())
}
