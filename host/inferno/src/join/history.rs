//! The past of the metrics, kept by the store.
//!
//! Telemetry calls from threads that may block; the store is asynchronous. So each call runs on a runtime of its own
//! and the thread waits for it. Not on the server's: what a thread of that one starts and then waits for may be
//! meant for the same thread.

use std::{future::Future, io, sync::mpsc::sync_channel};

use inferno_store::{Samples, Store, StoreError};
use inferno_telemetry::{Chunk, History, HistoryError, Strip};
use tokio::runtime::{Builder, Runtime};

/// A history that outlives the process.
pub(crate) struct StoredHistory {
    store: Store,
    /// Taken when this is dropped.
    runtime: Option<Runtime>,
}

impl StoredHistory {
    /// In this store.
    pub(crate) fn new(store: Store) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("inferno-store").enable_all().build()?;
        Ok(Self { store, runtime: Some(runtime) })
    }

    fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, HistoryError> {
        let (reply, answer) = sync_channel(1);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                // When nobody waits any more, nobody needs to know.
                let _ = reply.send(work.await);
            });
        }
        // Without an answer the work panicked.
        answer.recv().map_err(HistoryError::new)?.map_err(HistoryError::new)
    }
}

impl Drop for StoredHistory {
    fn drop(&mut self) {
        // Nothing runs on it: every call waited for its answer. An async thread may not wait for another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl History for StoredHistory {
    fn last(&self) -> Result<Option<i64>, HistoryError> {
        let store = self.store.clone();
        self.wait(async move { store.last_sample().await })
    }

    fn append(&self, chunk: &Chunk) -> Result<(), HistoryError> {
        let samples = |strip: &Strip| Samples {
            metric: strip.metric.clone(),
            labels: strip.labels.clone(),
            values: strip.values.clone(),
        };
        let series: Vec<Samples> = chunk.strips.iter().map(samples).collect();
        let (store, first, seconds) = (self.store.clone(), chunk.first, chunk.seconds);
        self.wait(async move { store.append_history(first, seconds, &series).await })
    }

    fn forget_from(&self, tick: i64) -> Result<(), HistoryError> {
        let store = self.store.clone();
        self.wait(async move { store.forget_history_from(tick).await })
    }

    fn read(
        &self,
        metric: Option<&str>,
        from: i64,
        to: i64,
        each: &mut dyn FnMut(&Strip),
    ) -> Result<(), HistoryError> {
        let (store, metric) = (self.store.clone(), metric.map(str::to_owned));
        let blocks = self.wait(async move { store.history(metric.as_deref(), from, to).await })?;
        // One block at a time is unpacked.
        for block in blocks {
            let (metric, labels) = (block.metric().to_owned(), block.labels().to_vec());
            let values = block.values().map_err(HistoryError::new)?;
            each(&Strip { metric, labels, first: block.first(), values });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{SystemTime, UNIX_EPOCH},
    };

    use inferno_insight::{Aggregate, Label, Query};
    use inferno_telemetry::{Metrics, Recorder};

    use super::*;

    fn strip(first: i64, values: Vec<f64>) -> Strip {
        let labels = vec![Label { name: "plugin".into(), value: "p".into() }];
        Strip { metric: "inferno_plugin_calls_total".into(), labels, first, values }
    }

    #[test]
    fn what_is_appended_is_read_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = runtime.block_on(Store::open(&folder.path().join("store.db"))).unwrap();
        let history = StoredHistory::new(store.clone()).unwrap();
        let read = |from, to| {
            let mut found = Vec::new();
            let plugin = Some("inferno_plugin_calls_total");
            history.read(plugin, from, to, &mut |strip| found.push(strip.clone())).unwrap();
            found
        };
        assert_eq!(history.last().unwrap(), None);
        let chunk = Chunk { first: 600, seconds: 2, strips: vec![strip(600, vec![1.0, 2.0])] };
        history.append(&chunk).unwrap();
        assert_eq!(history.last().unwrap(), Some(601));
        assert_eq!(read(0, 601), chunk.strips);
        assert!(read(602, 700).is_empty());
        assert!(history.append(&chunk).is_err());
        history.forget_from(0).unwrap();
        assert_eq!(history.last().unwrap(), None);
        // Also from an async thread, where it is dropped as well.
        let asked = runtime.spawn(async move { history.last().is_ok() });
        assert!(runtime.block_on(asked).unwrap());
        let history = StoredHistory::new(store.clone()).unwrap();
        runtime.block_on(store.close());
        assert!(history.last().is_err());
    }

    /// The whole way: a recorder, a restart, and a window that reaches back over both.
    #[test]
    fn a_recorder_finds_its_past_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let ask = |recorder: &Recorder, window_seconds, step_seconds| {
            let metric = "inferno_plugin_calls_total".to_owned();
            let query = Query { metric, aggregate: Aggregate::Increase, window_seconds, step_seconds };
            let frame = recorder.query(&query).unwrap();
            let values = frame.series.iter().flat_map(|series| series.values.clone());
            values.filter(|value| !value.is_nan()).sum::<f64>()
        };
        for round in 1..=3_u8 {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let store = runtime.block_on(Store::open(&path)).unwrap();
            let history = Arc::new(StoredHistory::new(store.clone()).unwrap());
            if round == 1 {
                // Two hours ago, from 0 to 40 in ten seconds.
                let values = (0..=10).map(|at| f64::from(at * 4)).collect();
                let first = now - 7_200;
                let chunk = Chunk { first, seconds: 11, strips: vec![strip(first, values)] };
                history.append(&chunk).unwrap();
            }
            let metrics = Metrics::new();
            (0..5).for_each(|_| metrics.plugin_call("p"));
            let recorder = Recorder::start(metrics, Box::new(|| {}), Some(history)).unwrap();
            assert_eq!(ask(&recorder, 3_600, 60), f64::from(round) * 5.0);
            assert_eq!(ask(&recorder, 86_400, 87), 40.0 + f64::from(round) * 5.0);
            drop(recorder);
            runtime.block_on(store.close());
        }
    }
}
