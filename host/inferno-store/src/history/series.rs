//! The numbers that series go by in other tables.

use std::collections::HashMap;

use inferno_insight::Label;
use sqlx::SqliteConnection;

use super::Samples;
use crate::StoreError;

/// The numbers of these series, in their order; new ones where they have none.
pub(super) async fn ids(
    connection: &mut SqliteConnection,
    series: &[Samples],
) -> Result<Vec<i64>, StoreError> {
    // One statement for all: there are hundreds of them every ten seconds.
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as("SELECT id, metric, labels FROM series").fetch_all(&mut *connection).await?;
    let known: HashMap<(String, String), i64> =
        rows.into_iter().map(|(id, metric, labels)| ((metric, labels), id)).collect();
    let mut ids = Vec::with_capacity(series.len());
    for Samples { metric, labels, .. } in series {
        let key = (metric.clone(), text(labels)?);
        ids.push(match known.get(&key) {
            Some(id) => *id,
            None => {
                let new =
                    sqlx::query_scalar("INSERT INTO series (metric, labels) VALUES (?, ?) RETURNING id");
                new.bind(key.0).bind(key.1).fetch_one(&mut *connection).await?
            }
        });
    }
    Ok(ids)
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
