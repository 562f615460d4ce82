//! Which plugins are switched off. One that is not named here is on, so that what is installed runs.

use std::collections::BTreeSet;

use crate::{Store, StoreError};

impl Store {
    /// The packages that are switched off.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn switched_off(&self) -> Result<BTreeSet<String>, StoreError> {
        let names = sqlx::query_scalar("SELECT package FROM switched_off").fetch_all(&self.durable).await?;
        Ok(names.into_iter().collect())
    }

    /// Switches a package on or off. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_enabled(&self, package: &str, enabled: bool) -> Result<(), StoreError> {
        let statement = if enabled {
            sqlx::query("DELETE FROM switched_off WHERE package = ?")
        } else {
            sqlx::query("INSERT OR IGNORE INTO switched_off (package) VALUES (?)")
        };
        statement.bind(package).execute(&self.durable).await?;
        Ok(())
    }
}
