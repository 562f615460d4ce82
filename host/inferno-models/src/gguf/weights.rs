//! The tensor data of a file, read when it is asked for.
//!
//! Owns the open file and the place of each tensor in it. Keeps no bytes of its own: what somebody holds is shared
//! with whoever asks meanwhile, and forgotten after, so that a backend that packs a matrix for its kernels has it
//! once in memory, or reads some rows at a time. The file is not mapped: one that somebody truncates would kill the process; here it is an error.

use std::{
    collections::HashMap,
    io,
    ops::Range,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use inferno_graph::{DType, Weight, WeightDecl, WeightError, WeightName, WeightSource};

use super::{GgufError, Header, ReadAt};

/// All weights of a file, by name.
pub struct FileWeights<F> {
    file: F,
    entries: HashMap<WeightName, Entry>,
}

struct Entry {
    dtype: DType,
    rows: usize,
    cols: usize,
    /// Where it starts in the file.
    start: u64,
    len: usize,
    /// The bytes, while somebody has them. Locked while they are read, so that who comes second waits and shares.
    held: Mutex<Weak<Vec<u8>>>,
}

impl<F: ReadAt> FileWeights<F> {
    /// The tensors that `header` describes, in the file that it was read from. Reads nothing yet.
    ///
    /// # Errors
    /// When a tensor is larger than this machine can address.
    pub fn new(header: &Header, file: F) -> Result<Self, GgufError> {
        let mut entries = HashMap::with_capacity(header.tensors().len());
        for tensor in header.tensors() {
            let memory = |_| GgufError::Memory { bytes: tensor.bytes };
            let len = usize::try_from(tensor.bytes).map_err(memory)?;
            // Every row takes a byte at least, and so does every block of a row: neither is beyond usize.
            let entry = Entry {
                dtype: tensor.dtype,
                rows: (tensor.values() / tensor.dims[0]) as usize,
                cols: usize::try_from(tensor.dims[0]).map_err(memory)?,
                start: header.data_start() + tensor.offset,
                len,
                held: Mutex::default(),
            };
            entries.insert(WeightName::from(tensor.name.as_str()), entry);
        }
        Ok(Self { file, entries })
    }

    fn bytes(&self, entry: &Entry) -> io::Result<Arc<Vec<u8>>> {
        let mut held = entry.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = held.upgrade() {
            return Ok(bytes);
        }
        // Fresh memory comes zeroed from the system, so this writes each page once only.
        let mut bytes = vec![0_u8; entry.len];
        self.file.read_exact_at(&mut bytes, entry.start)?;
        let bytes = Arc::new(bytes);
        *held = Arc::downgrade(&bytes);
        Ok(bytes)
    }
}

impl<F: ReadAt> FileWeights<F> {
    fn entry(&self, name: &WeightName) -> Result<&Entry, WeightError> {
        self.entries.get(name).ok_or_else(|| WeightError::Missing { name: name.clone() })
    }
}

impl<F: ReadAt> WeightSource for FileWeights<F> {
    fn get(&self, name: &WeightName) -> Result<Weight, WeightError> {
        let entry = self.entry(name)?;
        let bytes = self.bytes(entry).map_err(|source| WeightError::Read { name: name.clone(), source })?;
        Ok(Weight::new(entry.dtype, entry.rows, entry.cols, bytes))
    }

    fn rows(&self, decl: &WeightDecl, rows: Range<usize>, into: &mut Vec<u8>) -> Result<(), WeightError> {
        let &Entry { dtype, rows: all, cols, start, len, .. } = self.entry(&decl.name)?;
        decl.describes(dtype, all, cols, len)?;
        assert!(rows.start <= rows.end && rows.end <= all, "rows that there are");
        let row = len.checked_div(all).unwrap_or(0);
        into.resize(rows.len() * row, 0);
        let read = self.file.read_exact_at(into, start + (rows.start * row) as u64);
        read.map_err(|source| WeightError::Read { name: decl.name.clone(), source })
    }
}

impl<F> std::fmt::Debug for FileWeights<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileWeights").field("tensors", &self.entries.len()).finish_non_exhaustive()
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
