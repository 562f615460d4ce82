//! Merging neighbours until no rule applies: the core of BPE (Sennrich et al. 2016) and of SentencePiece.
//!
//! A heap holds the pairs that may merge, a linked list the symbols that are left, so a word of n symbols
//! takes O(n log n). Each merge removes a symbol, so no table of rules, however odd, can make it run on.

use std::{cmp::Reverse, collections::BinaryHeap, collections::HashMap};

use inferno_types::TokenId;

/// Which pairs of tokens merge into which, and which pair comes first.
#[derive(Debug, Default)]
pub(super) struct Merges(HashMap<(TokenId, TokenId), (u32, TokenId)>);

/// No neighbour.
const NONE: u32 = u32::MAX;

impl Merges {
    /// No rules yet, and room for so many.
    pub(super) fn with_capacity(rules: usize) -> Self {
        Self(HashMap::with_capacity(rules))
    }

    /// Adds the rule `left right → into`; a rule of lower rank goes first, and of two rules for one pair the
    /// one of lower rank stays.
    pub(super) fn add(&mut self, left: TokenId, right: TokenId, rank: u32, into: TokenId) {
        let rule = self.0.entry((left, right)).or_insert((rank, into));
        if rank < rule.0 {
            *rule = (rank, into);
        }
    }

    /// Merges `symbols` as far as the rules go, the lowest rank first and of equals the leftmost.
    ///
    /// `symbols` has fewer than 2³² elements, which the limit on a text ensures.
    pub(super) fn apply(&self, symbols: &mut Vec<TokenId>) {
        if symbols.len() < 2 {
            return;
        }
        let n = symbols.len() as u32;
        let mut next: Vec<u32> = (1..n).chain([NONE]).collect();
        let mut previous: Vec<u32> = [NONE].into_iter().chain(0..n - 1).collect();
        let mut gone = vec![false; symbols.len()];
        let mut heap = BinaryHeap::new();
        for left in 0..n - 1 {
            self.offer(&mut heap, symbols, left, left + 1);
        }
        while let Some(Reverse((_, left, right, pair))) = heap.pop() {
            let (l, r) = (left as usize, right as usize);
            // An entry is stale once either of its symbols has taken part in another merge.
            if gone[l] || gone[r] || next[l] != right || (symbols[l], symbols[r]) != pair {
                continue;
            }
            symbols[l] = self.0[&pair].1;
            gone[r] = true;
            next[l] = next[r];
            if next[l] != NONE {
                previous[next[l] as usize] = left;
                self.offer(&mut heap, symbols, left, next[l]);
            }
            if previous[l] != NONE {
                self.offer(&mut heap, symbols, previous[l], left);
            }
        }
        let mut gone = gone.into_iter();
        symbols.retain(|_| !gone.next().unwrap_or(false));
    }

    fn offer(&self, heap: &mut Candidates, symbols: &[TokenId], left: u32, right: u32) {
        let pair = (symbols[left as usize], symbols[right as usize]);
        if let Some((rank, _)) = self.0.get(&pair) {
            heap.push(Reverse((*rank, left, right, pair)));
        }
    }
}

/// Rank, left and right position, and the tokens that were there when the pair was found.
type Candidates = BinaryHeap<Reverse<(u32, u32, u32, (TokenId, TokenId))>>;
