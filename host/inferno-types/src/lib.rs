//! The vocabulary that every other crate speaks in: digests, identifiers, tokens, sampling parameters.
//!
//! Owns: small value types whose construction is their validation. Refuses: IO, async, and anything that
//! knows what a model or a plugin *does*. Easily confused with `inferno-package`, which owns the names and
//! versions of packages in the marketplace.

mod digest;
mod finish;
mod generation;
mod id;
mod sampling;
mod token;

pub use digest::{Digest, DigestHasher, ParseDigestError};
pub use finish::FinishReason;
pub use generation::{Generation, GenerationEnd, Operation};
pub use id::{ModelId, ParseModelIdError, RequestId};
pub use sampling::{InvalidSampling, SamplingParams, SamplingSpec};
pub use token::TokenId;
