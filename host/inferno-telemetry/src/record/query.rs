//! Answers queries: from memory, and from the history what lies before.

use std::collections::BTreeMap;

use inferno_insight::{Aggregate, Frame, InvalidQuery, MetricKind, Provenance, Query, Series};

use super::{
    fold::{Fold, Grid},
    history::{History, HistoryError},
    memory::{HOUR, Memory},
    runs::stretches_of,
    series::Key,
};
use crate::{Metric, catalogue};

/// How far before a window a counter's last sample is looked for, in seconds.
const LOOK_BACK: i64 = 60;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query breaks a bound.
    #[error(transparent)]
    Invalid(#[from] InvalidQuery),
    /// There is no such metric.
    #[error("there is no metric `{metric}`; the catalogue lists those that there are")]
    UnknownMetric {
        /// The name.
        metric: String,
    },
    /// The aggregate makes no sense of the metric's samples.
    #[error("`{metric}` is a {}: {}", kind.as_str(), hint(*kind))]
    Aggregate {
        /// The name.
        metric: String,
        /// How its samples behave.
        kind: MetricKind,
    },
    /// What lies before the last hour cannot be read.
    #[error("what is older than an hour could not be read")]
    History(#[from] HistoryError),
}

fn hint(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge => "ask for `last`, `mean` or `max`",
        MetricKind::Counter | MetricKind::Histogram => "ask for `rate` or `increase`",
    }
}

/// A query that can be answered.
pub(super) struct Question {
    metric: usize,
    aggregate: Aggregate,
    grid: Grid,
    folds: BTreeMap<Key, Fold>,
    /// The first second that is asked of memory: what is before it came from the history.
    seam: i64,
}

impl Question {
    pub(super) fn new(query: &Query, now: i64) -> Result<Self, QueryError> {
        query.check()?;
        let (name, aggregate) = (&query.metric, query.aggregate);
        let metric = catalogue::ALL.iter().position(|metric| metric.name() == name);
        let metric = metric.ok_or_else(|| QueryError::UnknownMetric { metric: name.clone() })?;
        let kind = catalogue::ALL[metric].kind().insight();
        if !kind.allows(aggregate) {
            return Err(QueryError::Aggregate { metric: name.clone(), kind });
        }
        let grid = Grid { now, step: query.step_seconds.into(), count: query.steps() as usize };
        let seam = grid.start() + 1 - LOOK_BACK;
        Ok(Self { metric, aggregate, grid, folds: BTreeMap::new(), seam })
    }

    pub(super) fn metric(&self) -> Metric {
        catalogue::ALL[self.metric]
    }

    /// Reads what memory does not reach back to.
    pub(super) fn ask_history(&mut self, history: &dyn History) -> Result<(), QueryError> {
        let (from, to) = (self.seam, self.grid.now - HOUR + 1);
        if self.grid.start() + 1 >= to {
            return Ok(());
        }
        let name = catalogue::ALL[self.metric].name();
        let (grid, aggregate, folds) = (self.grid, self.aggregate, &mut self.folds);
        history.read(Some(name), from, to, &mut |strip| {
            let Some(key) = Key::of(&strip.metric, &strip.labels) else { return };
            let fold = folds.entry(key).or_insert_with(|| Fold::new(grid, aggregate));
            // What is past `to` is in memory too.
            let len = usize::try_from(to - strip.first).unwrap_or(0).min(strip.values.len());
            stretches_of(strip.first, &strip.values[..len]).for_each(|stretch| fold.add(stretch));
        })?;
        self.seam = to;
        Ok(())
    }

    /// Reads memory, after the history.
    pub(super) fn ask_memory(&mut self, memory: &Memory) {
        let (from, to) = (self.seam, self.grid.now + 1);
        for (key, runs) in memory.of(self.metric) {
            let fold = match self.folds.get_mut(key) {
                Some(fold) => fold,
                None => self.folds.entry(key.clone()).or_insert_with(|| Fold::new(self.grid, self.aggregate)),
            };
            runs.stretches(from, to).for_each(|stretch| fold.add(stretch));
        }
    }

    pub(super) fn answer(self, provenance: Provenance) -> Frame {
        let metric = catalogue::ALL[self.metric];
        let shown = self.folds.into_iter().filter(|(_, fold)| !fold.is_empty());
        let series = shown.map(|(key, fold)| Series { labels: key.all_labels(), values: fold.finish() });
        Frame {
            metric: metric.name().to_owned(),
            unit: metric.unit_of(self.aggregate),
            provenance,
            times: self.grid.times(),
            series: series.collect(),
        }
    }
}
