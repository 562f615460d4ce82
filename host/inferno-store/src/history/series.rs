//! The numbers that series go by in other tables.

use inferno_insight::Label;
use sqlx::SqliteConnection;

use crate::StoreError;

/// The number of a series; a new one where it has none.
pub(super) async fn id(
    connection: &mut SqliteConnection,
    metric: &str,
    labels: &[Label],
) -> Result<i64, StoreError> {
    let labels = text(labels)?;
    let found = sqlx::query_scalar("SELECT id FROM series WHERE metric = ? AND labels = ?")
        .bind(metric)
        .bind(&labels)
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(id) = found {
        return Ok(id);
    }
    let new = sqlx::query_scalar("INSERT INTO series (metric, labels) VALUES (?, ?) RETURNING id");
    Ok(new.bind(metric).bind(labels).fetch_one(connection).await?)
}

/// Labels as they are kept: pairs, without the words for what they are.
fn text(labels: &[Label]) -> Result<String, StoreError> {
    let pairs: Vec<(&str, &str)> = labels.iter().map(|l| (l.name.as_str(), l.value.as_str())).collect();
    serde_json::to_string(&pairs).map_err(|_| StoreError::Damaged { what: "labels" })
}

pub(super) fn labels(text: &str) -> Result<Vec<Label>, StoreError> {
    let pairs: Vec<(String, String)> =
        serde_json::from_str(text).map_err(|_| StoreError::Damaged { what: "labels" })?;
    Ok(pairs.into_iter().map(|(name, value)| Label { name, value }).collect())
}
