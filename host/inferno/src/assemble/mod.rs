//! From files to a running engine: the model, the installed components, the optimized graph.
//!
//! The order is the product's promise: verify before load, validate before apply, measure before accept.

pub mod installed;
pub mod model;
pub mod opening;
mod optimization_cache;
pub mod optimized;
pub mod plugins;
