//! Whatever requests do, each block has one state, and what is found is what was computed.

use proptest::prelude::*;

use super::*;
use inferno_backend::KvType;

fn blocks(count: u32) -> KvBlocks {
    KvBlocks::new(KvLayout { block_len: 4, blocks: count, kind: KvType::F16 }, true)
}

fn tokens(ids: &[u32]) -> Vec<TokenId> {
    ids.iter().copied().map(TokenId).collect()
}

/// Has a request of `ids` compute all of them and end; how many of its tokens were there.
fn run(blocks: &mut KvBlocks, ids: &[u32]) -> u32 {
    let tokens = tokens(ids);
    let Found { shared, tail } = blocks.find(&tokens);
    let there = shared.len() as u32 * 4 + tail.as_ref().map_or(0, |(_, n)| *n);
    tail.into_iter().for_each(|(tail, _)| blocks.release_shared(tail));
    let count = blocks.layout().blocks_for(tokens.len() as u32);
    let table = blocks.table(shared, count).expect("the cache holds one request");
    blocks.check([&table].into_iter());
    blocks.release(table, &tokens, tokens.len() as u32);
    blocks.check([].into_iter());
    there
}

#[test]
fn what_was_computed_is_found_to_the_token() {
    let mut blocks = blocks(8);
    assert_eq!(run(&mut blocks, &[1, 2, 3, 4, 5, 6]), 0);
    assert_eq!(run(&mut blocks, &[1, 2, 3, 4, 5, 6, 7]), 6, "a whole block and the beginning of the next");
    assert_eq!(run(&mut blocks, &[1, 2, 3, 9]), 3, "the beginning of the first");
    assert_eq!(run(&mut blocks, &[5, 6, 7]), 0, "the same tokens elsewhere are something else");
    assert_eq!((blocks.used(), blocks.available()), (0, 8));
}

#[test]
fn what_was_used_longest_ago_goes_first_and_children_before_parents() {
    let mut blocks = blocks(4);
    run(&mut blocks, &[1, 1, 1, 1, 2, 2, 2, 2]);
    run(&mut blocks, &[3, 3, 3, 3, 4, 4, 4, 4]);
    assert_eq!((blocks.cached(), blocks.free.len()), (4, 0));
    run(&mut blocks, &[1, 1, 1, 1]);
    // One block is taken: that of the 2s, since the 1s before it were let go of again meanwhile.
    assert_eq!(run(&mut blocks, &[9]), 0);
    let mut there = |ids: &[u32]| {
        let found = blocks.find(&tokens(ids));
        let whole = found.shared.len();
        blocks.let_go(found);
        whole
    };
    assert_eq!((there(&[1, 1, 1, 1, 2, 2, 2, 2]), there(&[3, 3, 3, 3, 4, 4, 4, 4])), (1, 2));
}

#[test]
fn without_reuse_nothing_is_remembered() {
    let mut blocks = KvBlocks::new(KvLayout { block_len: 4, blocks: 4, kind: KvType::F16 }, false);
    run(&mut blocks, &[1, 2, 3, 4, 5]);
    assert_eq!((run(&mut blocks, &[1, 2, 3, 4, 5]), blocks.cached()), (0, 0));
}

proptest! {
    #[test]
    fn every_block_has_one_state(
        total in 2_u32..12,
        ops in prop::collection::vec((any::<bool>(), prop::collection::vec(0_u32..2, 1..14), 0_usize..8), 1..60),
    ) {
        let mut blocks = blocks(total);
        let mut held: Vec<(Table, Vec<TokenId>)> = Vec::new();
        for (take, ids, which) in ops {
            if take || held.is_empty() {
                let tokens = tokens(&ids);
                let found = blocks.find(&tokens[..tokens.len() - 1]);
                let count = blocks.layout().blocks_for(tokens.len() as u32);
                let shared = found.shared;
                found.tail.into_iter().for_each(|(tail, _)| blocks.release_shared(tail));
                if let Some(mut table) = blocks.table(shared, count) {
                    blocks.seal(&mut table, &tokens, tokens.len() as u32);
                    held.push((table, tokens));
                }
            } else {
                let (table, tokens) = held.swap_remove(which % held.len());
                blocks.release(table, &tokens, tokens.len() as u32);
            }
            blocks.check(held.iter().map(|(table, _)| table));
        }
    }
}
