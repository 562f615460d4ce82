//! The blocks of one request, in the order of its positions.
//!
//! First those that others may read, then those of its own. A position is written only in the second part, by type.

use std::collections::VecDeque;

use inferno_backend::BlockId;

use super::handle::{Owned, Shared};

/// A block table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(super) shared: Vec<Shared>,
    pub(super) owned: VecDeque<Owned>,
    /// All of them, as an executor wants them.
    pub(super) ids: Vec<BlockId>,
}

impl Table {
    /// One that begins with what others have computed.
    pub(super) fn after(shared: Vec<Shared>) -> Self {
        let ids = shared.iter().map(Shared::id).collect();
        Self { shared, owned: VecDeque::new(), ids }
    }

    /// Adds a block at the end.
    pub(super) fn push(&mut self, block: Owned) {
        self.ids.push(block.id());
        self.owned.push_back(block);
    }

    /// All blocks.
    pub(crate) fn ids(&self) -> &[BlockId] {
        &self.ids
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> u32 {
        self.ids.len() as u32
    }

    /// The blocks that others may read.
    pub(crate) fn shared(&self) -> &[Shared] {
        &self.shared
    }

    /// The first block that is written next or later.
    pub(crate) fn first_owned(&self) -> Option<BlockId> {
        self.owned.front().map(Owned::id)
    }
}
