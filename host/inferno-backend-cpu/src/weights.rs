//! The weights of a graph in the form that kernels read them, made once for all executors of a backend.
//!
//! Owns: matrices packed by all threads into memory of their own, after which their stored form is let go, so that
//! nothing is kept twice; and a memory of what is packed, which keeps nothing alive by itself. Easily confused with
//! `inferno-graph`'s weights, which are as their file spells them.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use inferno_backend::BackendError;
use inferno_graph::{
    DType, Graph, Op, Weight, WeightDecl, WeightError, WeightName, WeightRef, WeightSource,
    quant::dequantize_row,
};

use crate::{
    isa::Isa,
    kernels::{PANEL, matmul::Layout, narrow, prefill},
    pages::{Pages, Piece},
    pool::Pool,
};

/// About how many bytes of panels are read and packed at a time: what a second cache holds several times.
const READ: usize = 128 << 10;

/// A matrix in panels of 16 rows.
pub(crate) struct Matrix {
    pub(crate) layout: Layout,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    panel_bytes: usize,
    piece: Piece,
    /// Of each panel, from when it is first turned on.
    scales: Box<[OnceLock<[f32; PANEL]>]>,
}

impl Matrix {
    /// What its numbers are.
    pub(crate) fn dtype(&self) -> DType {
        self.layout.dtype()
    }

    /// How many panels there are; the last repeats a row until it is full.
    pub(crate) fn panels(&self) -> usize {
        self.rows.div_ceil(PANEL)
    }

    /// Consecutive panels.
    pub(crate) fn panel(&self, panels: Range<usize>) -> &[u8] {
        &self.piece.bytes()[panels.start * self.panel_bytes..panels.end * self.panel_bytes]
    }

    /// What there is of panels from `first` on, at most so many.
    pub(crate) fn panels_from(&self, first: usize, count: usize) -> &[u8] {
        self.panel(first.min(self.panels())..(first + count).min(self.panels()))
    }

    /// The scales of a panel that is turned, which the first prompt looks for: not every matrix reads prompts.
    pub(crate) fn scales(&self, isa: Isa, panel: usize) -> &[f32; PANEL] {
        let cols = self.cols;
        self.scales[panel]
            .get_or_init(|| prefill::scales(isa, self.dtype(), self.panel(panel..panel + 1), cols))
    }

    fn pack(isa: Isa, stored: Stored<'_>, pages: &Pages) -> Result<Self, BackendError> {
        if stored.decl.rows == 0 {
            return Err(missing(&stored.decl.name));
        }
        let mut read = Vec::new();
        let first = stored.rows(0..PANEL.min(stored.decl.rows as usize), &mut read)?;
        if narrow::pays(isa, first)
            && let Some(matrix) = Self::pack_as(Layout::Narrow, isa, stored, pages)?
        {
            return Ok(matrix);
        }
        let matrix = Self::pack_as(Layout::Stored(stored.decl.dtype), isa, stored, pages)?;
        Ok(matrix.expect("anything can be kept as it is stored"))
    }

    /// None if it cannot be kept so. A few panels at a time are read, so that they are packed where they are near.
    fn pack_as(
        layout: Layout,
        isa: Isa,
        stored: Stored<'_>,
        pages: &Pages,
    ) -> Result<Option<Self>, BackendError> {
        let (rows, cols) = (stored.decl.rows as usize, stored.decl.cols as usize);
        let panel_bytes = layout.panel_bytes(cols);
        let mut piece = pages.piece(rows.div_ceil(PANEL) * panel_bytes)?;
        let (panels, mut read) = ((READ / panel_bytes).max(1), Vec::new());
        let firsts = (0..rows).step_by(panels * PANEL);
        for (first, packed) in firsts.zip(piece.bytes_mut().chunks_mut(panels * panel_bytes)) {
            let some = stored.rows(first..rows.min(first + panels * PANEL), &mut read)?;
            for (at, panel) in packed.chunks_exact_mut(panel_bytes).enumerate() {
                if !layout.pack(isa, some, at * PANEL, panel) {
                    return Ok(None);
                }
            }
        }
        let scales = (0..rows.div_ceil(PANEL)).map(|_| OnceLock::new()).collect();
        Ok(Some(Self { layout, rows, cols, panel_bytes, piece, scales }))
    }
}

/// A matrix as its source has it.
#[derive(Clone, Copy)]
struct Stored<'a> {
    decl: &'a WeightDecl,
    source: &'a dyn WeightSource,
}

impl Stored<'_> {
    fn rows<'b>(self, rows: Range<usize>, read: &'b mut Vec<u8>) -> Result<WeightRef<'b>, BackendError> {
        let WeightDecl { dtype, cols, .. } = *self.decl;
        let count = rows.len();
        self.source.rows(self.decl, rows, read)?;
        Ok(WeightRef { dtype, rows: count, cols: cols as usize, bytes: read })
    }
}

/// A matrix whose rows are looked up.
pub(crate) enum Table {
    /// One that is multiplied with too.
    Packed(Arc<Matrix>),
    /// As it is stored.
    Stored(Weight),
}

impl Table {
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Packed(matrix) => matrix.rows,
            Self::Stored(stored) => stored.rows,
        }
    }

    /// Decodes row `row` into `out`.
    pub(crate) fn decode(&self, isa: Isa, row: usize, out: &mut [f32]) {
        match self {
            Self::Packed(matrix) => {
                let panel = matrix.panel(row / PANEL..row / PANEL + 1);
                matrix.layout.unpack_row(isa, panel, row % PANEL, out);
            }
            Self::Stored(stored) => dequantize_row(stored.dtype, stored.as_ref().row(row), out),
        }
    }
}

/// Whose weights, and which.
type Key = (usize, WeightName);

/// A matrix that an executor may hold. The source beside it keeps its address from being used again; neither is kept
/// alive.
struct Known {
    _source: Weak<dyn WeightSource>,
    matrix: Weak<Matrix>,
}

/// What executors of one backend share.
#[derive(Default)]
pub(crate) struct Store {
    pages: Pages,
    packed: Mutex<HashMap<Key, Known>>,
}

/// The weights of a graph, each checked against its declaration when it is taken.
pub(crate) struct Weights<'a> {
    pub(crate) graph: &'a Graph,
    source: Arc<dyn WeightSource>,
    matrices: HashMap<WeightName, Arc<Matrix>>,
}

impl<'a> Weights<'a> {
    /// Packs what the products of `graph` need and what no executor has packed yet, on all threads.
    pub(crate) fn load(
        graph: &'a Graph,
        source: Arc<dyn WeightSource>,
        store: &Store,
        pool: &Pool,
        isa: Isa,
    ) -> Result<Self, BackendError> {
        let address = Arc::as_ptr(&source).cast::<()>().addr();
        // Held until all is packed: whoever comes second finds everything.
        let mut packed = store.packed.lock().unwrap_or_else(PoisonError::into_inner);
        packed.retain(|_, known| known.matrix.strong_count() > 0);
        let mut weights = Self { graph, source, matrices: HashMap::new() };
        let mut missing = Vec::new();
        for name in multiplied(graph) {
            match packed.get(&(address, name.clone())).and_then(|known| known.matrix.upgrade()) {
                Some(matrix) => drop(weights.matrices.insert(name.clone(), matrix)),
                None => missing.push(weights.declared(name)?),
            }
        }
        // The largest first, so that threads finish together.
        missing.sort_by_key(|decl| std::cmp::Reverse(u64::from(decl.rows) * u64::from(decl.cols)));
        let (next, made) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(missing.len())));
        let ran = pool.run(&|_| {
            while let Some(decl) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                let matrix = Matrix::pack(isa, Stored { decl, source: &*weights.source }, &store.pages);
                made.lock().unwrap_or_else(PoisonError::into_inner).push((decl.name.clone(), matrix));
            }
        });
        ran.map_err(|_| BackendError::Device { detail: "packing the weights panicked".to_owned() })?;
        for (name, matrix) in made.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let matrix = Arc::new(matrix?);
            let known = Known { _source: Arc::downgrade(&weights.source), matrix: Arc::downgrade(&matrix) };
            packed.insert((address, name.clone()), known);
            weights.matrices.insert(name, matrix);
        }
        Ok(weights)
    }

    fn declared(&self, name: &WeightName) -> Result<&'a WeightDecl, BackendError> {
        self.graph.weights().get(name).ok_or_else(|| missing(name))
    }

    fn checked(&self, decl: &WeightDecl) -> Result<Weight, BackendError> {
        let stored = decl.load(&*self.source)?;
        if stored.rows > 0 { Ok(stored) } else { Err(missing(&decl.name)) }
    }

    /// A matrix to multiply with.
    pub(crate) fn matrix(&self, name: &WeightName) -> Result<Arc<Matrix>, BackendError> {
        let found = self.matrices.get(name).ok_or_else(|| missing(name))?;
        Ok(Arc::clone(found))
    }

    /// A matrix to look rows up in.
    pub(crate) fn table(&self, name: &WeightName) -> Result<Table, BackendError> {
        if let Some(matrix) = self.matrices.get(name) {
            return Ok(Table::Packed(Arc::clone(matrix)));
        }
        Ok(Table::Stored(self.checked(self.declared(name)?)?))
    }

    /// Decodes a vector.
    pub(crate) fn vector(&self, name: &WeightName) -> Result<Vec<f32>, BackendError> {
        let weight = self.checked(self.declared(name)?)?;
        let mut out = vec![0.0; weight.cols];
        dequantize_row(weight.dtype, weight.as_ref().row(0), &mut out);
        Ok(out)
    }
}

fn missing(name: &WeightName) -> BackendError {
    WeightError::Missing { name: name.clone() }.into()
}

/// The matrices that a graph multiplies with, each once.
fn multiplied(graph: &Graph) -> HashSet<&WeightName> {
    let mut names = HashSet::new();
    for node in graph.nodes() {
        match &node.op {
            Op::MatMul { weights, .. } => names.extend(weights),
            Op::GatedMatMul { gate, up } => names.extend([gate, up]),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests;
