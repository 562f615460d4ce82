//! GGUF, the container of llama.cpp: named metadata, then named tensors, in one file.
//!
//! Owns the reading of versions 2 and 3 in little-endian order. Everything that a header claims is checked
//! against the [`Limits`] and against the length of the file before memory is reserved for it, so a hostile
//! file costs an error and nothing else. Refuses version 1, big-endian files, nested arrays, and tensor types
//! that the graph has no decoder for. Easily confused with `config`, which gives the metadata a meaning.
//!
//! Layout: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod cursor;
mod error;
mod header;
mod limits;
mod metadata;
mod read_at;
mod tensor;
mod value;
mod weights;

pub(crate) use weights::declarations;

pub use error::{GgufError, MetadataError};
pub use header::Header;
pub use limits::Limits;
pub use metadata::Metadata;
pub use read_at::ReadAt;
pub use tensor::{TensorInfo, tensor_type_name};
pub use value::{Array, Value};
pub use weights::FileWeights;
