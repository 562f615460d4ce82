//! Who has which block of the KV cache.
//!
//! A block is free, or one request's own, or its content is known: then any number of requests read it, and when none
//! does it stays as it is until its memory is needed. Easily confused with `schedule`, which decides who gets memory;
//! here is only what there is.

mod handle;
mod table;
mod tree;

use inferno_backend::{BlockId, KvLayout};
use inferno_types::TokenId;

use handle::Owned;
pub(crate) use handle::Shared;
pub(crate) use table::Table;
use tree::PrefixTree;
pub(crate) use tree::common;

/// All blocks of one cache.
#[derive(Debug)]
pub(crate) struct KvBlocks {
    layout: KvLayout,
    /// A stack: what was freed last is the warmest.
    free: Vec<BlockId>,
    tree: PrefixTree,
    reuse: bool,
    /// Changes whenever a block becomes available.
    releases: u64,
}

/// What is there already of a request's tokens, held until it is used or let go.
#[derive(Debug)]
pub(crate) struct Found {
    /// Whole blocks from the beginning.
    pub(crate) shared: Vec<Shared>,
    /// A block that begins as the next one would, and for how many tokens.
    pub(crate) tail: Option<(Shared, u32)>,
}

impl KvBlocks {
    /// All free. Without `reuse` no content is ever remembered.
    pub(crate) fn new(layout: KvLayout, reuse: bool) -> Self {
        let free = (0..layout.blocks).rev().map(BlockId).collect();
        Self { layout, free, tree: PrefixTree::new(layout.blocks), reuse, releases: 0 }
    }

    pub(crate) fn layout(&self) -> KvLayout {
        self.layout
    }

    /// Blocks that can be had, be it by forgetting what they hold.
    pub(crate) fn available(&self) -> u32 {
        self.free.len() as u32 + self.tree.idle()
    }

    /// Blocks that requests have.
    pub(crate) fn used(&self) -> u32 {
        self.layout.blocks - self.available()
    }

    /// Blocks that nobody has but whose content may serve again.
    pub(crate) fn cached(&self) -> u32 {
        self.tree.idle()
    }

    /// A number that changes whenever a block becomes available.
    pub(crate) fn releases(&self) -> u64 {
        self.releases
    }

    /// Holds what is there of `tokens`.
    pub(crate) fn find(&mut self, tokens: &[TokenId]) -> Found {
        let len = self.layout.block_len as usize;
        let mut shared: Vec<Shared> = Vec::new();
        for block in tokens.chunks_exact(len) {
            let Some(found) = self.tree.find(shared.last(), block) else { break };
            shared.push(found);
        }
        let rest = &tokens[shared.len() * len..];
        let tail = self.tree.find_beginning(shared.last(), &rest[..rest.len().min(len)]);
        Found { shared, tail }
    }

    /// Lets go of what was found.
    pub(crate) fn let_go(&mut self, found: Found) {
        let blocks = found.tail.into_iter().map(|(shared, _)| shared).chain(found.shared.into_iter().rev());
        blocks.for_each(|shared| self.release_shared(shared));
    }

    /// Lets go of a block that is only read.
    pub(crate) fn release_shared(&mut self, shared: Shared) {
        self.releases += u64::from(self.tree.release(shared));
    }

    /// A table of `count` blocks that begins with `shared`; there must be that many to be had.
    pub(crate) fn table(&mut self, shared: Vec<Shared>, count: u32) -> Option<Table> {
        let mut table = Table::after(shared);
        while table.len() < count {
            if !self.extend(&mut table) {
                let (nothing_computed, no_tokens) = (0, &[]);
                self.release(table, no_tokens, nothing_computed);
                return None;
            }
        }
        Some(table)
    }

    /// Adds a block to a table, if there is one to be had.
    pub(crate) fn extend(&mut self, table: &mut Table) -> bool {
        let block = self.free.pop().map(Owned::new).or_else(|| self.tree.evict());
        block.map(|block| table.push(block)).is_some()
    }

    /// Lets others read those blocks of a table that are full, now that the first `computed` of `tokens` are in the
    /// cache. Where another request has computed the same meanwhile, one copy is enough.
    pub(crate) fn seal(&mut self, table: &mut Table, tokens: &[TokenId], computed: u32) {
        let len = self.layout.block_len as usize;
        while self.reuse && (table.shared.len() + 1) * len <= computed as usize {
            let at = table.shared.len();
            let Some(block) = table.owned.pop_front() else { return };
            let content = &tokens[at * len..(at + 1) * len];
            let (shared, spare) = self.tree.insert(table.shared.last(), content, block);
            table.ids[at] = shared.id();
            table.shared.push(shared);
            spare.into_iter().for_each(|block| self.free(block));
        }
    }

    /// Takes a request's blocks back. What it computed, the first `computed` of `tokens`, stays until its memory is
    /// needed.
    pub(crate) fn release(&mut self, mut table: Table, tokens: &[TokenId], computed: u32) {
        self.seal(&mut table, tokens, computed);
        let begun = &tokens
            [(table.shared.len() * self.layout.block_len as usize).min(computed as usize)..computed as usize];
        if self.reuse
            && !begun.is_empty()
            && let Some(block) = table.owned.pop_front()
        {
            let (shared, spare) = self.tree.insert(table.shared.last(), begun, block);
            spare.into_iter().for_each(|block| self.free(block));
            self.release_shared(shared);
        }
        table.owned.into_iter().for_each(|block| self.free(block));
        table.shared.into_iter().rev().for_each(|shared| self.release_shared(shared));
    }

    fn free(&mut self, block: Owned) {
        self.releases += 1;
        self.free.push(block.id());
        debug_assert!(self.free.len() <= self.layout.blocks as usize, "more blocks free than there are");
    }

    /// Panics unless every block is free, or in exactly one of `tables` as its own, or known and held by as many of
    /// them as the tree says.
    #[cfg(test)]
    pub(crate) fn check<'a>(&self, tables: impl Iterator<Item = &'a Table>) {
        let (mut owners, mut holders) =
            (vec![0; self.layout.blocks as usize], vec![0; self.layout.blocks as usize]);
        for table in tables {
            let parts = table.shared.iter().map(Shared::id).chain(table.owned.iter().map(Owned::id));
            assert_eq!(table.ids, parts.collect::<Vec<_>>());
            table.shared.iter().for_each(|shared| holders[shared.id().0 as usize] += 1);
            table.owned.iter().for_each(|owned| owners[owned.id().0 as usize] += 1);
        }
        self.free.iter().for_each(|block| owners[block.0 as usize] += 1);
        self.tree.check(&holders);
        for (block, owners) in (0..).map(BlockId).zip(owners) {
            assert_eq!(owners + u32::from(self.tree.knows(block)), 1, "{block:?} has one state");
        }
    }
}

#[cfg(test)]
mod tests;
