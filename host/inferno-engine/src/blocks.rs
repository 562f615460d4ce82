//! Who owns which block of the KV cache.
//!
//! A [`Lease`] is the only proof of ownership: it cannot be copied and nothing but [`KvBlocks`] makes one, so a
//! block cannot be given back twice or belong to two requests. It can be forgotten, which is a leak that the
//! property tests look for.

use inferno_backend::{BlockId, KvLayout};

/// The free blocks of one cache.
#[derive(Debug)]
pub(crate) struct KvBlocks {
    layout: KvLayout,
    /// A stack: what was freed last is the warmest.
    free: Vec<BlockId>,
}

/// Blocks that belong to one request, in the order of its positions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lease(Vec<BlockId>);

impl Lease {
    /// The blocks.
    pub(crate) fn blocks(&self) -> &[BlockId] {
        &self.0
    }
}

impl KvBlocks {
    pub(crate) fn new(layout: KvLayout) -> Self {
        Self { layout, free: (0..layout.blocks).rev().map(BlockId).collect() }
    }

    pub(crate) fn layout(&self) -> KvLayout {
        self.layout
    }

    /// Blocks that belong to someone.
    pub(crate) fn used(&self) -> u32 {
        self.layout.blocks - self.free.len() as u32
    }

    /// Takes `count` blocks, or none when there are fewer.
    pub(crate) fn lease(&mut self, count: u32) -> Option<Lease> {
        let rest = self.free.len().checked_sub(count as usize)?;
        Some(Lease(self.free.split_off(rest)))
    }

    /// Takes blocks back.
    pub(crate) fn release(&mut self, lease: Lease) {
        self.free.extend(lease.0);
        debug_assert!(self.free.len() <= self.layout.blocks as usize, "more blocks free than there are");
    }

    /// Whether the free blocks and `leases` together are all blocks, each once.
    #[cfg(test)]
    pub(crate) fn partitioned_with<'a>(&self, leases: impl Iterator<Item = &'a Lease>) -> bool {
        let mut all: Vec<_> = self.free.iter().chain(leases.flat_map(|l| l.0.iter())).map(|b| b.0).collect();
        all.sort_unstable();
        all == (0..self.layout.blocks).collect::<Vec<_>>()
    }
}

#[cfg(test)]
mod tests {
    use inferno_backend::KvType;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lease_is_all_or_nothing() {
        let mut blocks = KvBlocks::new(KvLayout { block_len: 16, blocks: 4, kind: KvType::F16 });
        let three = blocks.lease(3).unwrap();
        assert_eq!((blocks.used(), blocks.lease(2)), (3, None));
        assert_eq!(blocks.used(), 3, "a refused lease takes nothing");
        blocks.release(three);
        assert_eq!(blocks.lease(4).unwrap().blocks().len(), 4);
    }

    proptest! {
        #[test]
        fn every_block_has_one_owner(total in 1_u32..40, ops in prop::collection::vec((any::<bool>(), 0_u32..12), 0..60)) {
            let mut blocks = KvBlocks::new(KvLayout { block_len: 1, blocks: total, kind: KvType::F16 });
            let mut leases = Vec::new();
            for (take, n) in ops {
                if take {
                    leases.extend(blocks.lease(n));
                } else if !leases.is_empty() {
                    blocks.release(leases.swap_remove(n as usize % leases.len()));
                }
                prop_assert!(blocks.partitioned_with(leases.iter()));
            }
        }
    }
}
