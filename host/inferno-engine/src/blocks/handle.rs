//! The two ways to have a block.
//!
//! Neither can be copied or made outside this folder, so a block cannot be given back twice, and whoever has an
//! [`Owned`] knows that nobody else reads it. There is no way from [`Shared`] back to [`Owned`]: what others read is
//! never written again. A handle can be forgotten, which is a leak that the property tests look for.

use inferno_backend::BlockId;

/// A block that one request has for itself, to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owned(BlockId);

/// A block with known content, that any number of requests may read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shared(BlockId);

impl Owned {
    pub(super) fn new(block: BlockId) -> Self {
        Self(block)
    }

    pub(crate) fn id(&self) -> BlockId {
        self.0
    }
}

impl Shared {
    pub(super) fn new(block: BlockId) -> Self {
        Self(block)
    }

    pub(crate) fn id(&self) -> BlockId {
        self.0
    }
}
