//! Which blocks hold the keys and values of which tokens.
//!
//! A tree, because what a token's keys and values are depends on all tokens before it: a block is found only from
//! the block that precedes it, by the tokens themselves. Nothing is trusted to a hash, and the neighbours of the place
//! where a block would stand in its parent's ordered children are those that share most of its beginning, so a
//! partial match costs no more than a whole one. (SGLang's radix tree, Zheng et al. 2024, and vLLM's hashed blocks,
//! Kwon et al. 2023, serve the same end.)
//!
//! Who holds a block also holds those before it, so a block that nobody holds has only children that nobody holds.
//! Of these the leaf that was held longest ago is given away first: children before their parents.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use inferno_backend::BlockId;
use inferno_types::TokenId;

use super::handle::{Owned, Shared};

/// Blocks by the tokens they hold.
type Children = BTreeMap<Arc<[TokenId]>, BlockId>;

/// All blocks with known content.
#[derive(Debug, Default)]
pub(super) struct PrefixTree {
    roots: Children,
    /// By number of the block.
    nodes: Vec<Option<Node>>,
    /// Leaves that nobody holds, the one that was held longest ago first.
    evictable: BTreeSet<(u64, BlockId)>,
    /// Nodes that nobody holds.
    idle: u32,
    /// Counts releases.
    now: u64,
}

#[derive(Debug)]
struct Node {
    parent: Option<BlockId>,
    tokens: Arc<[TokenId]>,
    children: Children,
    holders: u32,
    /// When the last holder let go.
    released: u64,
}

impl PrefixTree {
    pub(super) fn new(blocks: u32) -> Self {
        Self { nodes: (0..blocks).map(|_| None).collect(), ..Self::default() }
    }

    /// Blocks that hold something and that nobody holds.
    pub(super) fn idle(&self) -> u32 {
        self.idle
    }

    /// The block that holds exactly `tokens` after `parent`.
    pub(super) fn find(&mut self, parent: Option<&Shared>, tokens: &[TokenId]) -> Option<Shared> {
        let block = *self.children(parent).get(tokens)?;
        Some(self.hold(block))
    }

    /// The block that shares the longest beginning with `tokens` after `parent`, and how much it shares.
    pub(super) fn find_beginning(
        &mut self,
        parent: Option<&Shared>,
        tokens: &[TokenId],
    ) -> Option<(Shared, u32)> {
        let children = self.children(parent);
        let before = children.range::<[TokenId], _>((Bound::Unbounded, Bound::Included(tokens))).next_back();
        let after = children.range::<[TokenId], _>((Bound::Excluded(tokens), Bound::Unbounded)).next();
        let both = [before, after].into_iter().flatten();
        let shared = both.map(|(others, block)| (common(others, tokens), *block));
        let (most, block) = shared.max_by_key(|(common, _)| *common).filter(|(common, _)| *common > 0)?;
        Some((self.hold(block), most))
    }

    /// Takes a block in whose content is final. When the tree has one with the same content, the answer is that one
    /// and the block itself is of no more use.
    pub(super) fn insert(
        &mut self,
        parent: Option<&Shared>,
        tokens: &[TokenId],
        block: Owned,
    ) -> (Shared, Option<Owned>) {
        if let Some(same) = self.find(parent, tokens) {
            return (same, Some(block));
        }
        let tokens: Arc<[TokenId]> = tokens.into();
        self.children_mut(parent.map(Shared::id)).insert(Arc::clone(&tokens), block.id());
        let parent = parent.map(Shared::id);
        let node = Node { parent, tokens, children: Children::new(), holders: 1, released: 0 };
        self.nodes[block.id().0 as usize] = Some(node);
        (Shared::new(block.id()), None)
    }

    /// Lets go of a block; whether it was the last hold. Of one request's blocks the last in order goes first, so that
    /// those at the beginning, which serve most others, stay longest.
    pub(super) fn release(&mut self, shared: Shared) -> bool {
        self.now += 1;
        let now = self.now;
        let Some(node) = self.node_mut(shared.id()) else { return false };
        node.holders -= 1;
        node.released = now;
        let (last, leaf) = (node.holders == 0, node.children.is_empty());
        if last {
            self.idle += 1;
            if leaf {
                self.evictable.insert((now, shared.id()));
            }
        }
        last
    }

    /// Forgets the content of the block that was of no use for longest, so that it can be written.
    pub(super) fn evict(&mut self) -> Option<Owned> {
        let (_, block) = self.evictable.pop_first()?;
        let node = self.nodes[block.0 as usize].take()?;
        self.idle -= 1;
        self.children_mut(node.parent).remove(&node.tokens);
        if let Some(id) = node.parent
            && let Some(parent) = self.node_mut(id)
            && parent.holders == 0
            && parent.children.is_empty()
        {
            let released = parent.released;
            self.evictable.insert((released, id));
        }
        Some(Owned::new(block))
    }

    fn hold(&mut self, block: BlockId) -> Shared {
        if let Some(node) = self.node_mut(block) {
            node.holders += 1;
            if node.holders == 1 {
                let released = node.released;
                self.idle -= 1;
                self.evictable.remove(&(released, block));
            }
        }
        Shared::new(block)
    }

    fn node_mut(&mut self, block: BlockId) -> Option<&mut Node> {
        let node = self.nodes[block.0 as usize].as_mut();
        debug_assert!(node.is_some(), "{block:?} is held or a parent, and not in the tree");
        node
    }

    fn children(&self, parent: Option<&Shared>) -> &Children {
        let node = parent.and_then(|shared| self.nodes[shared.id().0 as usize].as_ref());
        node.map_or(&self.roots, |node| &node.children)
    }

    fn children_mut(&mut self, parent: Option<BlockId>) -> &mut Children {
        let node = parent.and_then(|block| self.nodes[block.0 as usize].as_mut());
        node.map_or(&mut self.roots, |node| &mut node.children)
    }

    /// Panics unless the tree is whole and `holders` says how many hold each block.
    #[cfg(test)]
    pub(super) fn check(&self, holders: &[u32]) {
        let mut idle = 0;
        for (block, node) in self.nodes.iter().enumerate() {
            let Some(node) = node else {
                assert_eq!(holders[block], 0, "block {block} is held, but nothing is known of its content");
                continue;
            };
            let id = BlockId(block as u32);
            assert_eq!(node.holders, holders[block], "holders of block {block}");
            let siblings = match node.parent {
                Some(parent) => {
                    let parent =
                        self.nodes[parent.0 as usize].as_ref().expect("a parent outlives its children");
                    assert!(parent.holders >= node.holders, "who holds block {block} holds those before it");
                    &parent.children
                }
                None => &self.roots,
            };
            assert_eq!(siblings.get(&node.tokens), Some(&id));
            let evictable = self.evictable.contains(&(node.released, id));
            assert_eq!(evictable, node.holders == 0 && node.children.is_empty(), "block {block}");
            idle += u32::from(node.holders == 0);
        }
        assert_eq!(self.idle, idle);
        assert!(self.evictable.len() <= idle as usize);
    }

    /// Whether anything is known of a block.
    #[cfg(test)]
    pub(super) fn knows(&self, block: BlockId) -> bool {
        self.nodes[block.0 as usize].is_some()
    }
}

/// How many tokens two sequences begin with alike.
pub(crate) fn common(a: &[TokenId], b: &[TokenId]) -> u32 {
    a.iter().zip(b).take_while(|(a, b)| a == b).count() as u32
}
