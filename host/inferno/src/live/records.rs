//! What a server writes down: which packages are switched off, the board, the past of its metrics.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use inferno_store::Store;
use inferno_telemetry::{Metrics, Recorder};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::join::{Gauges, StoredHistory, Watched};

/// The database of a server, and who records its metrics there.
pub(crate) struct Records {
    pub(super) store: Store,
    /// The packages that are switched off.
    pub(crate) off: BTreeSet<String>,
    pub(super) metrics: Metrics,
    pub(super) gauges: Arc<Gauges>,
    recorder: JoinHandle<Result<Recorder>>,
}

impl Records {
    /// Opens the database and begins to record: reading what was recorded before goes on behind this.
    pub(crate) async fn open(path: &Path, metrics: Metrics) -> Result<Self> {
        let store = Store::open(path).await?;
        let off = store.switched_off().await?;
        let gauges = Arc::<Gauges>::default();
        let (history, counted, sampled) = (store.clone(), metrics.clone(), Arc::clone(&gauges));
        let recorder = spawn_blocking(move || {
            let history = StoredHistory::new(history).context("could not start to record metrics")?;
            Recorder::start(counted, Box::new(move || sampled.refresh()), Some(Arc::new(history)))
                .context("could not start to record metrics")
        });
        Ok(Self { store, off, metrics, gauges, recorder })
    }

    /// Records this engine's queues and memory too.
    pub(crate) fn watch(&self, engine: Watched) {
        self.gauges.watch(engine);
    }

    /// Waits until what was recorded before is read.
    pub(super) async fn recorder(&mut self) -> Result<Recorder> {
        (&mut self.recorder).await.context("could not start to record metrics")?
    }
}
