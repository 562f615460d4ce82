//! The tensor data of a file, in memory.
//!
//! One allocation holds it all, as the file has it, so the resident size is that of the file. Weights are not
//! mapped: a file that somebody truncates while we serve from it would kill the process.

use std::{
    collections::HashMap,
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

use inferno_graph::{DType, WeightDecl, WeightName, WeightRef, WeightSource};

use super::{GgufError, Header};

/// Where the data starts in memory: a cache line, more than any alignment a kernel asks for.
const ALIGNMENT: usize = 64;

/// All weights of a file, by name.
pub struct FileWeights {
    /// The data, preceded by fewer than [`ALIGNMENT`] unused bytes.
    buffer: Vec<u8>,
    entries: HashMap<WeightName, Entry>,
}

struct Entry {
    dtype: DType,
    rows: usize,
    cols: usize,
    bytes: Range<usize>,
}

impl FileWeights {
    /// Reads the tensor data that `header` describes from the file it was read from.
    ///
    /// # Errors
    /// When the file cannot be read, or became shorter since.
    pub fn read(header: &Header, mut source: impl Read + Seek) -> Result<Self, GgufError> {
        let memory = GgufError::Memory { bytes: header.data_len() };
        let Ok(len) = usize::try_from(header.data_len()) else { return Err(memory) };
        let Some(reserved) = len.checked_add(ALIGNMENT) else { return Err(memory) };
        // Zeroed by the system as pages are first touched, so each is written once only.
        let mut buffer = vec![0_u8; reserved];
        let start = buffer.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);

        let io = |source| GgufError::Io { field: "tensor data".to_owned(), source };
        source.seek(SeekFrom::Start(header.data_start())).map_err(io)?;
        source.read_exact(&mut buffer[start..start + len]).map_err(io)?;

        let entries = header
            .tensors()
            .iter()
            .map(|tensor| {
                // The header guarantees that offset, size and shape lie within `len`, hence within usize.
                let offset = start + tensor.offset as usize;
                let cols = tensor.dims[0] as usize;
                let rows = (tensor.values() / tensor.dims[0]) as usize;
                let bytes = offset..offset + tensor.bytes as usize;
                (WeightName::from(tensor.name.as_str()), Entry { dtype: tensor.dtype, rows, cols, bytes })
            })
            .collect();
        Ok(Self { buffer, entries })
    }

    /// How many bytes of memory the data takes.
    pub fn resident_bytes(&self) -> usize {
        self.buffer.len()
    }
}

impl WeightSource for FileWeights {
    fn get(&self, name: &WeightName) -> Option<WeightRef<'_>> {
        let Entry { dtype, rows, cols, bytes } = self.entries.get(name)?;
        Some(WeightRef { dtype: *dtype, rows: *rows, cols: *cols, bytes: &self.buffer[bytes.clone()] })
    }
}

impl std::fmt::Debug for FileWeights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileWeights")
            .field("tensors", &self.entries.len())
            .field("bytes", &self.buffer.len())
            .finish()
    }
}

/// The graph's declarations of the tensors of `header`.
///
/// # Errors
/// The first tensor that is neither a vector nor a matrix, or too large in one dimension.
pub(crate) fn declarations(header: &Header) -> Result<Vec<WeightDecl>, GgufError> {
    let declare = |tensor: &super::TensorInfo| {
        let shape = || GgufError::Shape { name: tensor.name.clone(), dims: tensor.dims.clone() };
        let dim = |n: u64| u32::try_from(n).map_err(|_| shape());
        let (cols, rows) = match tensor.dims[..] {
            [cols] => (dim(cols)?, 1),
            // Writers may pad the shape with ones.
            [cols, rows, ref rest @ ..] if rest.iter().all(|n| *n == 1) => (dim(cols)?, dim(rows)?),
            _ => return Err(shape()),
        };
        Ok(WeightDecl { name: tensor.name.as_str().into(), dtype: tensor.dtype, rows, cols })
    };
    header.tensors().iter().map(declare).collect()
}
