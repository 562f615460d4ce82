//! Between the types of the contract and those of `inferno-graph` and `inferno-insight`.
//!
//! Owns both directions and the checks on the way in. When a further version of the contract appears, its conversion
//! to the newest one belongs here too. Refuses opinions about what a patch, a view or a finding does.

pub(crate) mod from_wit;
pub(crate) mod insight;
pub(crate) mod to_wit;

pub use from_wit::PatchDefect;
