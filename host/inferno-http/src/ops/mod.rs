//! Our own routes: how the server is, and what was done to its models.

pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod optimization;
