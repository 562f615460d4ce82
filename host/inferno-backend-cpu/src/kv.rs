//! The paged cache of keys and values.
//!
//! Per block, layer and KV head, keys are `head_dim × block_len` and values `block_len × head_dim`: attention
//! reads both along memory. They are kept as they are computed, in binary16, or in bfloat16, which is kept in pairs,
//! see [`pairs`]. The memory is mapped in one piece, so the system hands out pages only when a block is first written;
//! and all layers of a block lie together, so that those are few and may be huge.

use inferno_backend::{BackendError, KvLayout, KvType};

use crate::{
    kernels::{
        attention::{Cells, pairs},
        half::{f32_to_bf16, f32_to_f16},
    },
    pages::Slab,
};

/// One layer's place in a block.
#[derive(Debug, Clone, Copy)]
struct Layer {
    /// In cells, from the start of the block; keys first, values after them.
    offset: usize,
    kv_heads: usize,
    head_dim: usize,
}

pub(crate) struct KvCache {
    layout: KvLayout,
    layers: Vec<Layer>,
    /// Cells of a block.
    block: usize,
    /// Who may touch which part at which time is the contract of `keys`, `values` and `append`.
    memory: Slab,
}

impl KvCache {
    /// A cache for layers of `(kv_heads, head_dim)`.
    pub(crate) fn new(layout: KvLayout, heads: &[(u32, u32)]) -> Result<Self, BackendError> {
        let cell = match layout.kind {
            KvType::F32 => 4,
            KvType::F16 | KvType::Bf16 => 2,
        };
        let block_len = layout.block_len as usize;
        let out_of_memory = |bytes| BackendError::OutOfMemory { what: "the KV cache", bytes };
        let mut layers = Vec::with_capacity(heads.len());
        let mut block = Some(0_usize);
        for &(kv_heads, head_dim) in heads {
            let (kv_heads, head_dim) = (kv_heads as usize, head_dim as usize);
            layers.push(Layer { offset: block.unwrap_or(usize::MAX), kv_heads, head_dim });
            let cells = head_cells(layout.kind, head_dim, block_len)
                .and_then(|cells| cells.checked_mul(kv_heads.checked_mul(2)?));
            block = block.zip(cells).and_then(|(block, cells)| block.checked_add(cells));
        }
        let bytes = |block: usize| block.checked_mul(layout.blocks as usize)?.checked_mul(cell);
        let (block, bytes) =
            block.and_then(|block| Some((block, bytes(block)?))).ok_or_else(|| out_of_memory(usize::MAX))?;
        let memory = Slab::room(bytes).ok_or_else(|| out_of_memory(bytes))?;
        Ok(Self { layout, layers, block, memory })
    }

    pub(crate) fn layout(&self) -> KvLayout {
        self.layout
    }

    /// Where the keys (`part` 0) or values (1) of a head in a block begin, and how many cells they are.
    fn place(&self, layer: usize, part: usize, block: usize, head: usize) -> (usize, usize) {
        let Layer { offset, kv_heads, head_dim } = self.layers[layer];
        let (blocks, block_len) = (self.layout.blocks as usize, self.layout.block_len as usize);
        assert!(block < blocks && head < kv_heads, "blocks are checked when a batch is accepted");
        let len = head_cells(self.layout.kind, head_dim, block_len).expect("the whole cache was counted");
        (block * self.block + offset + (part * kv_heads + head) * len, len)
    }

    /// The cells as what they are.
    fn cells<T>(&self) -> *mut T {
        self.memory.start().as_ptr().cast()
    }

    unsafe fn part(&self, (at, len): (usize, usize)) -> Cells<'_> {
        // SAFETY: `place` lies within the memory, which is initialized and holds cells of this kind; the caller
        // keeps writers away.
        unsafe {
            match self.layout.kind {
                KvType::F32 => Cells::F32(std::slice::from_raw_parts(self.cells::<f32>().add(at), len)),
                KvType::F16 => Cells::F16(std::slice::from_raw_parts(self.cells::<u16>().add(at), len)),
                KvType::Bf16 => Cells::Bf16(std::slice::from_raw_parts(self.cells::<u16>().add(at), len)),
            }
        }
    }

    /// The keys of one head in one block.
    ///
    /// # Safety
    /// Nothing writes to this layer while the slice lives.
    pub(crate) unsafe fn keys(&self, layer: usize, block: usize, head: usize) -> Cells<'_> {
        // SAFETY: as the caller vouches.
        unsafe { self.part(self.place(layer, 0, block, head)) }
    }

    /// As [`keys`](Self::keys), the values.
    ///
    /// # Safety
    /// As there.
    pub(crate) unsafe fn values(&self, layer: usize, block: usize, head: usize) -> Cells<'_> {
        // SAFETY: as the caller vouches.
        unsafe { self.part(self.place(layer, 1, block, head)) }
    }

    /// Writes one position of a block.
    ///
    /// # Safety
    /// Nothing reads this layer meanwhile, and nothing else writes this position of this block.
    pub(crate) unsafe fn append(&self, layer: usize, block: usize, position: usize, k: &[f32], v: &[f32]) {
        // SAFETY: as the caller vouches; the cells are of this kind.
        unsafe {
            match self.layout.kind {
                KvType::F32 => self.append_as(self.cells::<f32>(), layer, block, position, [k, v], |x| x),
                KvType::F16 => {
                    self.append_as(self.cells::<u16>(), layer, block, position, [k, v], f32_to_f16)
                }
                KvType::Bf16 => self.append_pairs(layer, block, position, [k, v]),
            }
        }
    }

    unsafe fn append_as<T>(
        &self,
        cells: *mut T,
        layer: usize,
        block: usize,
        position: usize,
        [k, v]: [&[f32]; 2],
        narrow: impl Fn(f32) -> T,
    ) {
        let (head_dim, block_len) = (self.layers[layer].head_dim, self.layout.block_len as usize);
        assert!(position < block_len);
        for (head, (k, v)) in k.chunks_exact(head_dim).zip(v.chunks_exact(head_dim)).enumerate() {
            let (keys, _) = self.place(layer, 0, block, head);
            let (values, _) = self.place(layer, 1, block, head);
            for (element, (k, v)) in k.iter().zip(v).enumerate() {
                // SAFETY: both lie within the head's part of the block; the caller keeps others away from them.
                unsafe {
                    cells.add(keys + element * block_len + position).write(narrow(*k));
                    cells.add(values + position * head_dim + element).write(narrow(*v));
                }
            }
        }
    }

    /// As [`append`](Self::append), in pairs.
    unsafe fn append_pairs(&self, layer: usize, block: usize, position: usize, [k, v]: [&[f32]; 2]) {
        let (head_dim, block_len) = (self.layers[layer].head_dim, self.layout.block_len as usize);
        assert!(position < block_len);
        for (head, (k, v)) in k.chunks_exact(head_dim).zip(v.chunks_exact(head_dim)).enumerate() {
            let (keys, _) = self.place(layer, 0, block, head);
            let (values, _) = self.place(layer, 1, block, head);
            let cells = self.cells::<u16>();
            for (element, (k, v)) in k.iter().zip(v).enumerate() {
                // SAFETY: both lie within the head's part of the block; the caller keeps others away from them.
                unsafe {
                    cells.add(keys + pairs::key(block_len, element, position)).write(f32_to_bf16(*k));
                    cells.add(values + pairs::value(head_dim, element, position)).write(f32_to_bf16(*v));
                }
            }
        }
    }

    /// Copies every layer of a block. Both lie within the cache.
    pub(crate) fn copy_block(&mut self, from: usize, to: usize) {
        assert!(from.max(to) < self.layout.blocks as usize, "both lie within the cache");
        let bytes = self.block * if self.layout.kind == KvType::F32 { 4 } else { 2 };
        let cells = self.cells::<u8>();
        // SAFETY: both blocks lie within the memory, and `&mut` keeps everybody else away from it.
        unsafe { std::ptr::copy(cells.add(from * bytes), cells.add(to * bytes), bytes) };
    }
}

/// Cells of the keys, or of the values, of one head in a block.
fn head_cells(kind: KvType, head_dim: usize, block_len: usize) -> Option<usize> {
    match kind {
        KvType::F32 | KvType::F16 => head_dim.checked_mul(block_len),
        KvType::Bf16 => pairs::cells(head_dim, block_len),
    }
}
