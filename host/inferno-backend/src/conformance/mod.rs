//! What every backend must do, held against the reference interpreter (feature `test-support`).
//!
//! Owns: the cases and the tolerances. Float weights must agree to [`EXACT`]; quantized weights to [`QUANTIZED`],
//! since a backend may quantize activations to eight bits for them. Both are errors relative to the root mean
//! square of the reference's logits. What a backend promises about itself (a batch computes what each sequence
//! alone computes) is held to the bit.

mod batches;
mod harness;
mod models;
mod ops;

pub use batches::check_batches;
pub use models::check_models;
pub use ops::check_ops;

use crate::Backend;

/// The largest error with float weights.
pub const EXACT: f32 = 1e-4;
/// The root mean square error with quantized weights.
pub const QUANTIZED: f32 = 0.04;
/// The largest error with float weights and keys and values in binary16: ten times the rounding of one of them.
pub const HALF_CACHE: f32 = 5e-3;

/// Checks all there is to check.
///
/// # Panics
/// With what is wrong.
pub fn check_backend(backend: &dyn Backend) {
    check_ops(backend);
    check_models(backend);
    check_batches(backend);
}
