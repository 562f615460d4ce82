//! Files that are not ours, or not yet ours.

use inferno_store::Store;
use tempfile::TempDir;

use crate::{Bench, words};

#[tokio::test]
async fn other_files_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "this is no database, and long enough to be sure of that".repeat(20)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    insta::assert_snapshot!(words(&error, &folder), @"could not open the database FOLDER/store.db; it may be no database, or belong to somebody else");
    let error = Store::open(folder.path()).await.unwrap_err();
    insta::assert_snapshot!(words(&error, &folder), @"could not open the database FOLDER; it may be no database, or belong to somebody else");
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let bench = Bench::new().await;
    let path = bench.folder.path().join("store.db");
    let other = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99, 'of tomorrow', TRUE, x'00', 0)",
    )
    .execute(&other)
    .await
    .unwrap();
    other.close().await;
    bench.store.close().await;
    let error = Store::open(&path).await.unwrap_err();
    insta::assert_snapshot!(words(&error, &bench.folder), @"the database FOLDER/store.db was written by a newer Inferno; use that one");
}

#[cfg(unix)]
#[tokio::test]
async fn other_users_cannot_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new().await;
    bench.store.set_enabled("a/x", false).await.unwrap();
    for entry in std::fs::read_dir(bench.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
