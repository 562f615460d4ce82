//! The store over real files: what is kept, what is refused, what is bounded, and what survives being killed.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, like the tests themselves")]

mod board;
mod bounds;
mod history;
mod killed;
mod opening;

use inferno_store::Store;
use tempfile::TempDir;

/// A store in a folder of its own.
struct Bench {
    folder: TempDir,
    store: Store,
}

impl Bench {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("store.db")).await.unwrap();
        Self { folder, store }
    }

    /// The same file, as the next process sees it.
    async fn reopen(self) -> Self {
        self.store.close().await;
        let store = Store::open(&self.folder.path().join("store.db")).await.unwrap();
        Self { store, ..self }
    }

    /// What the files take on the disk, in bytes.
    fn size(&self) -> u64 {
        std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum()
    }
}

/// The error with its causes in one line, without the folder.
fn words(error: &dyn std::error::Error, bench: &TempDir) -> String {
    error.to_string().replace(&bench.path().display().to_string(), "FOLDER")
}
