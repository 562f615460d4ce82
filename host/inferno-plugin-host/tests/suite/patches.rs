//! What comes out of a guest: values that are none, and patches that refer to nothing.

use crate::guest::{RESULT, guest, host, quick, run};

/// Where lists of a patch lie.
const LISTS: u32 = 2048;

/// The fate of a guest that returns these lists: `(address, length)` of removed nodes, added nodes and rewirings,
/// and the bytes at [`LISTS`].
fn check(lists: [(u32, u32); 3], bytes: &[u8]) -> String {
    let head: Vec<u8> = lists.iter().flat_map(|(at, len)| [*at, *len]).flat_map(u32::to_le_bytes).collect();
    let data = format!("{}{}", data(RESULT + 4, &head), data(LISTS, bytes));
    run(&host(quick()), guest(&format!("(i32.const {RESULT})"), &data))
}

fn data(at: u32, bytes: &[u8]) -> String {
    let escaped: String = bytes.iter().map(|b| format!("\\{b:02x}")).collect();
    format!("(data (i32.const {at}) \"{escaped}\")")
}

const NONE: (u32, u32) = (4, 0);

/// An added node: its op (a discriminant and its fields) and one list of inputs.
fn node(op: u32, fields: &[u32], inputs: (u32, u32)) -> Vec<u8> {
    let mut words = vec![op];
    words.extend(fields);
    words.resize(9, 0);
    words.extend([inputs.0, inputs.1]);
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().copied().flat_map(u32::to_le_bytes).collect()
}

const SILU: u32 = 5;
const EMBEDDING: u32 = 0;

#[test]
fn a_patch_is_read_as_it_was_written() {
    // Removes nodes 1 and 2, adds a SiLU of value 3, rewires value 4 to it.
    let at = |offset: u32| LISTS + offset;
    let bytes =
        [words(&[1, 2]), node(SILU, &[], (at(52), 1)), words(&[0, 3, 0]), words(&[4, 1, 0, 0])].concat();
    insta::assert_snapshot!(check([(at(0), 2), (at(8), 1), (at(64), 1)], &bytes), @"a patch: 2 removed, 1 added, 1 rewired");
}

#[test]
fn indices_of_nothing() {
    insta::assert_snapshot!(check([(LISTS, 1), NONE, NONE], &words(&[36])), @"the pass failed: what it returned is no patch of this graph: it names node 36, and there are 36");
    insta::assert_snapshot!(check([NONE, NONE, (LISTS, 1)], &words(&[u32::MAX, 0, 0, 0])), @"the pass failed: what it returned is no patch of this graph: it names value 4294967295, and there are 39");
    insta::assert_snapshot!(check([NONE, NONE, (LISTS, 1)], &words(&[3, 0, 99, 0])), @"the pass failed: what it returned is no patch of this graph: it names value 99, and there are 39");
    insta::assert_snapshot!(check([NONE, NONE, (LISTS, 1)], &words(&[3, 1, 0, 0])), @"the pass failed: what it returned is no patch of this graph: it names added node 0, and there are 0");
    let second_output = [node(SILU, &[], NONE), words(&[3, 1, 0, 1])].concat();
    insta::assert_snapshot!(check([NONE, (LISTS, 1), (LISTS + 44, 1)], &second_output), @"the pass failed: what it returned is no patch of this graph: it names output of an added node 1, and there are 1");
    let name = [node(EMBEDDING, &[LISTS + 44, 7], NONE), b"\x1b[1mxyz".to_vec()].concat();
    insta::assert_snapshot!(check([NONE, (LISTS, 1), NONE], &name), @"the pass failed: what it returned is no patch of this graph: it names a weight `xyz`, which the model does not have");
}

#[test]
fn values_that_are_none() {
    insta::assert_snapshot!(check([NONE, (LISTS, 1), NONE], &node(99, &[], NONE)), @"the pass failed: it breaks the calling convention: unexpected discriminant: 99");
    insta::assert_snapshot!(check([NONE, NONE, (LISTS, 1)], &words(&[3, 7, 0, 0])), @"the pass failed: it breaks the calling convention: unexpected discriminant: 7");
    let name = [node(EMBEDDING, &[LISTS + 44, 2], NONE), b"\xff\xfe".to_vec()].concat();
    insta::assert_snapshot!(check([NONE, (LISTS, 1), NONE], &name), @"the pass failed: it breaks the calling convention: invalid utf-8 sequence of 1 bytes from index 0");
    insta::assert_snapshot!(check([(131_068, 2), NONE, NONE], &[]), @"the pass failed: it breaks the calling convention: list pointer/length out of bounds of memory");
    insta::assert_snapshot!(check([(LISTS + 1, 1), NONE, NONE], &[]), @"the pass failed: it breaks the calling convention: list pointer is not aligned");
    insta::assert_snapshot!(check([(0, u32::MAX), NONE, NONE], &[]), @"the pass failed: it breaks the calling convention: list pointer/length out of bounds of memory");
    insta::assert_snapshot!(run(&host(quick()), guest("(i32.const -4)", "")), @"the pass failed: it breaks the calling convention: pointer out of bounds of memory");
    insta::assert_snapshot!(run(&host(quick()), guest("(i32.const 1025)", "")), @"the pass failed: it breaks the calling convention: return pointer not aligned");
    insta::assert_snapshot!(run(&host(quick()), guest("(i32.store8 (i32.const 1024) (i32.const 2)) (i32.const 1024)", "")), @"the pass failed: it breaks the calling convention: invalid expected discriminant");
}

#[test]
fn too_large() {
    insta::assert_snapshot!(check([(LISTS, 200), NONE, NONE], &[]), @"the pass failed: its patch is too large: it has 200 removed nodes, and at most 36 are allowed");
    insta::assert_snapshot!(check([NONE, NONE, (LISTS, 200)], &[]), @"the pass failed: its patch is too large: it has 200 rewired values, and at most 39 are allowed");
    insta::assert_snapshot!(check([NONE, (LISTS, 1), NONE], &node(SILU, &[], (4096, 100))), @"the pass failed: its patch is too large: it has 100 inputs of one node, and at most 8 are allowed");
    insta::assert_snapshot!(check([NONE, (LISTS, 1), NONE], &node(1, &[LISTS, 70], NONE)), @"the pass failed: its patch is too large: it has 70 weights of one node, and at most 64 are allowed");
    // As many nodes as fit, from memory that is all zero: embeddings without a name.
    let many = |pages: u32, nodes: u32| {
        let body = format!(
            "(drop (memory.grow (i32.const {pages})))
             (i32.store (i32.const 1036) (i32.const 131072)) (i32.store (i32.const 1040) (i32.const {nodes}))
             (i32.const 1024)"
        );
        run(&host(quick()), guest(&body, ""))
    };
    insta::assert_snapshot!(many(30, 20_000), @"the pass failed: its patch is too large: it has 20000 added nodes, and at most 16384 are allowed");
    insta::assert_snapshot!(many(700, 1_000_000), @"the pass failed: it handed over more than 16 MiB at once");
}
