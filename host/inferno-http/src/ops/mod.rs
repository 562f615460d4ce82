//! Our own routes for whoever operates the server: whether it lives, and its figures.

pub(crate) mod health;
pub(crate) mod metrics;
