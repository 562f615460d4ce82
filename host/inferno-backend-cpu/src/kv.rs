//! The paged cache of keys and values.
//!
//! Per block, layer and KV head, keys are `head_dim × block_len` and values `block_len × head_dim`: attention
//! reads both along memory. They are kept as they are computed, in binary16, in bfloat16, which is kept in pairs,
//! see [`pairs`], or in bytes with scales behind them, see [`q8`]. The memory is mapped in one piece, so the system hands out
//! pages only when a block is first written; and all layers of a block lie together, so that those are few and may be huge.

use inferno_backend::{BackendError, KvLayout, KvType};

use crate::{
    isa::Isa,
    kernels::{
        attention::{self, Cells, Part, pairs, q8},
        half::{f32_to_bf16, f32_to_f16},
        vectorized,
    },
    pages::Slab,
};

/// One layer's place in a block.
#[derive(Debug, Clone, Copy)]
struct Layer {
    /// In bytes, from the start of the block; keys first, values after them.
    offset: usize,
    kv_heads: usize,
    head_dim: usize,
    /// Bytes of the keys, or of the values, of a head.
    head: usize,
}

pub(crate) struct KvCache {
    layout: KvLayout,
    layers: Vec<Layer>,
    /// Bytes of a block.
    block: usize,
    /// Who may touch which part at which time is the contract of `keys`, `values` and `append`.
    memory: Slab,
}

impl KvCache {
    /// A cache for layers of `(kv_heads, head_dim)`.
    pub(crate) fn new(layout: KvLayout, heads: &[(u32, u32)]) -> Result<Self, BackendError> {
        let block_len = layout.block_len as usize;
        let out_of_memory = |bytes| BackendError::OutOfMemory { what: "the KV cache", bytes };
        let mut layers = Vec::with_capacity(heads.len());
        let mut block = 0_usize;
        let mut add = |(kv_heads, head_dim): (usize, usize)| {
            let head = head_bytes(layout.kind, head_dim, block_len)?;
            layers.push(Layer { offset: block, kv_heads, head_dim, head });
            block = block.checked_add(head.checked_mul(kv_heads.checked_mul(2)?)?)?;
            Some(())
        };
        let counted = heads.iter().try_for_each(|(kv, head_dim)| add((*kv as usize, *head_dim as usize)));
        let bytes = counted.and_then(|()| block.checked_mul(layout.blocks as usize));
        let bytes = bytes.ok_or_else(|| out_of_memory(usize::MAX))?;
        let memory = Slab::room(bytes).ok_or_else(|| out_of_memory(bytes))?;
        Ok(Self { layout, layers, block, memory })
    }

    pub(crate) fn layout(&self) -> KvLayout {
        self.layout
    }

    /// Where the keys (`part` 0) or values (1) of a head in a block begin.
    fn start(&self, layer: usize, part: usize, block: usize, head: usize) -> *mut u8 {
        let Layer { offset, kv_heads, head: bytes, .. } = self.layers[layer];
        assert!(
            block < self.layout.blocks as usize && head < kv_heads,
            "blocks are checked when a batch is accepted"
        );
        let at = block * self.block + offset + (part * kv_heads + head) * bytes;
        // SAFETY: it lies within the memory, of which `new` counted as many blocks.
        unsafe { self.memory.start().as_ptr().add(at) }
    }

    /// The cells that begin at `start`.
    ///
    /// # Safety
    /// It is what [`start`](Self::start) gave for this layer, and nothing writes there while the cells live.
    unsafe fn part(&self, layer: usize, start: *const u8) -> Cells<'_> {
        let Layer { head, head_dim, .. } = self.layers[layer];
        // SAFETY: so many bytes of this layer's are initialized and of this kind, and each kind's size is a multiple of
        // what its cells are aligned to, as is the beginning of the memory.
        unsafe {
            match self.layout.kind {
                KvType::F32 => Cells::F32(std::slice::from_raw_parts(start.cast(), head / 4)),
                KvType::F16 => Cells::F16(std::slice::from_raw_parts(start.cast(), head / 2)),
                KvType::Bf16 => Cells::Bf16(std::slice::from_raw_parts(start.cast(), head / 2)),
                KvType::Q8_0 => {
                    let counts = q8::counts(head_dim, self.layout.block_len as usize);
                    let (codes, scales) = counts.expect("the whole cache was counted");
                    Cells::Q8(q8::Bytes {
                        codes: std::slice::from_raw_parts(start.cast(), codes),
                        scales: std::slice::from_raw_parts(start.add(codes).cast(), scales),
                    })
                }
            }
        }
    }

    /// The keys of one head in one block.
    ///
    /// # Safety
    /// Nothing writes to this layer while the slice lives.
    pub(crate) unsafe fn keys(&self, layer: usize, block: usize, head: usize) -> Cells<'_> {
        // SAFETY: as the caller vouches.
        unsafe { self.part(layer, self.start(layer, 0, block, head)) }
    }

    /// As [`keys`](Self::keys), the values.
    ///
    /// # Safety
    /// As there.
    pub(crate) unsafe fn values(&self, layer: usize, block: usize, head: usize) -> Cells<'_> {
        // SAFETY: as the caller vouches.
        unsafe { self.part(layer, self.start(layer, 1, block, head)) }
    }

    /// Writes one position of a block.
    ///
    /// # Safety
    /// Nothing reads this layer meanwhile, and nothing else writes this position of this block.
    pub(crate) unsafe fn append(
        &self,
        isa: Isa,
        layer: usize,
        (block, position): (usize, usize),
        k: &[f32],
        v: &[f32],
    ) {
        let (head_dim, block_len) = (self.layers[layer].head_dim, self.layout.block_len as usize);
        assert!(position < block_len);
        let parts = [Part::Keys { head_dim, block_len }, Part::Values { head_dim, block_len }];
        for (i, (part, row)) in parts.into_iter().zip([k, v]).enumerate() {
            for (head, x) in row.chunks_exact(head_dim).enumerate() {
                let to = Position {
                    kind: self.layout.kind,
                    start: self.start(layer, i, block, head),
                    part,
                    position,
                };
                // SAFETY: as the caller vouches; the block is of this layer.
                let written = unsafe { attention::append(isa, to.kind, part, position, x, to.start) };
                if !written {
                    vectorized!(isa, fn f(to: Position, x: &[f32]), append_body);
                }
            }
        }
    }

    /// Copies every layer of a block. Both lie within the cache.
    pub(crate) fn copy_block(&mut self, from: usize, to: usize) {
        assert!(from.max(to) < self.layout.blocks as usize, "both lie within the cache");
        let start = self.memory.start().as_ptr();
        // SAFETY: both blocks lie within the memory, and `&mut` keeps everybody else away from it.
        unsafe {
            std::ptr::copy(start.add(from * self.block), start.add(to * self.block), self.block);
        }
    }
}

/// Where a position of a head is written.
#[derive(Clone, Copy)]
struct Position {
    kind: KvType,
    start: *mut u8,
    part: Part,
    position: usize,
}

#[inline(always)]
fn append_body(Position { kind, start, part, position }: Position, x: &[f32]) {
    // SAFETY: the caller of `append` keeps others away from the cells of this position, which lie behind `start`.
    unsafe {
        match kind {
            KvType::F32 => write(start.cast(), x, |e| part.plain(e, position), |x| x),
            KvType::F16 => write(start.cast(), x, |e| part.plain(e, position), f32_to_f16),
            KvType::Bf16 => write(start.cast(), x, |e| part.paired(e, position), f32_to_bf16),
            KvType::Q8_0 => {
                let (Part::Keys { head_dim, block_len } | Part::Values { head_dim, block_len }) = part;
                let (codes, _) = q8::counts(head_dim, block_len).expect("the whole cache was counted");
                let scales = start.add(codes).cast::<u16>();
                q8::quantize(
                    x,
                    part,
                    position,
                    |at, codes| {
                        std::ptr::copy_nonoverlapping(codes.as_ptr(), start.cast::<i8>().add(at), codes.len())
                    },
                    |at, scale| scales.add(at).write(scale),
                );
            }
        }
    }
}

/// Writes what `narrow` makes of each element into its cell.
///
/// # Safety
/// The cells lie behind `cells`, and nothing else touches them.
#[inline(always)]
unsafe fn write<T>(cells: *mut T, x: &[f32], cell: impl Fn(usize) -> usize, narrow: impl Fn(f32) -> T) {
    for (element, x) in x.iter().enumerate() {
        // SAFETY: as the caller vouches.
        unsafe { cells.add(cell(element)).write(narrow(*x)) };
    }
}

/// Bytes of the keys, or of the values, of one head in a block.
fn head_bytes(kind: KvType, head_dim: usize, block_len: usize) -> Option<usize> {
    match kind {
        KvType::F32 => head_dim.checked_mul(block_len)?.checked_mul(4),
        KvType::F16 => head_dim.checked_mul(block_len)?.checked_mul(2),
        KvType::Bf16 => pairs::cells(head_dim, block_len)?.checked_mul(2),
        KvType::Q8_0 => {
            let (codes, scales) = q8::counts(head_dim, block_len)?;
            codes.checked_add(scales.checked_mul(2)?)
        }
    }
}
