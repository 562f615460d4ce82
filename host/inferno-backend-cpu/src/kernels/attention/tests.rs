//! Every way to attend, against the definition in `f64`, and against itself in other company.

use proptest::prelude::*;

use super::*;
use crate::kernels::{
    half::{f32_to_bf16, f32_to_f16},
    quantize::BLOCK,
};

/// Every kind of cache.
const KINDS: [KvType; 4] = [KvType::F32, KvType::F16, KvType::Bf16, KvType::Q8_0];

/// Keys and values of some blocks, as cells.
struct Fake {
    kind: KvType,
    wide: [Vec<Vec<f32>>; 2],
    narrow: [Vec<Vec<u16>>; 2],
    codes: [Vec<Vec<i8>>; 2],
}

impl Fake {
    /// So many positions; what the last block has beyond them is no number.
    fn new(kind: KvType, positions: usize, (block_len, head_dim): (usize, usize), seed: u32) -> Self {
        let blocks = positions.div_ceil(block_len);
        let parts = [Part::Keys { head_dim, block_len }, Part::Values { head_dim, block_len }];
        let mut fake =
            Self { kind, wide: [vec![], vec![]], narrow: [vec![], vec![]], codes: [vec![], vec![]] };
        for (i, part) in parts.into_iter().enumerate() {
            for block in 0..blocks {
                let number = |element: usize, position: usize| {
                    let at = ((i * blocks + block) * block_len + position) * head_dim + element;
                    let random = (at as u32 + seed).wrapping_mul(2_654_435_761) >> 8;
                    // Numbers that every kind holds exactly: of eight bits, the largest of each group 127/128.
                    let code = if element % BLOCK == 5 { 127 } else { random as i32 % 255 - 127 };
                    code as f32 / 128.0
                };
                let mut wide = vec![0.0; block_len * head_dim];
                // What lies beyond an odd edge is no number.
                let mut paired = vec![f32_to_bf16(f32::NAN); pairs::cells(head_dim, block_len).unwrap()];
                let (codes, scales) = q8::counts(head_dim, block_len).unwrap();
                let (mut codes, mut scales) = (vec![i8::MIN; codes], vec![0; scales]);
                for position in 0..block_len {
                    let used = block * block_len + position < positions;
                    let number = |element| if used { number(element, position) } else { f32::NAN };
                    let row: Vec<f32> = (0..head_dim).map(number).collect();
                    for (element, x) in row.iter().enumerate() {
                        wide[part.plain(element, position)] = *x;
                        paired[part.paired(element, position)] = f32_to_bf16(*x);
                    }
                    let put = |at: usize, x: &[i8]| codes[at..at + x.len()].copy_from_slice(x);
                    let nan = f32_to_f16(f32::NAN);
                    q8::quantize(&row, part, position, put, |at, x| scales[at] = if used { x } else { nan });
                }
                fake.narrow[i].push(match kind {
                    KvType::F16 => wide.iter().copied().map(f32_to_f16).collect(),
                    KvType::Bf16 => paired,
                    KvType::F32 | KvType::Q8_0 => scales,
                });
                fake.wide[i].push(wide);
                fake.codes[i].push(codes);
            }
        }
        fake
    }

    fn part(&self, part: usize, index: usize) -> Cells<'_> {
        let narrow = &self.narrow[part][index];
        match self.kind {
            KvType::F32 => Cells::F32(&self.wide[part][index]),
            KvType::F16 => Cells::F16(narrow),
            KvType::Bf16 => Cells::Bf16(narrow),
            KvType::Q8_0 => Cells::Q8(q8::Bytes { codes: &self.codes[part][index], scales: narrow }),
        }
    }
}

impl Blocks for Fake {
    fn kind(&self) -> KvType {
        self.kind
    }

    fn keys(&self, index: usize) -> Cells<'_> {
        self.part(0, index)
    }

    fn values(&self, index: usize) -> Cells<'_> {
        self.part(1, index)
    }
}

/// What the definition says of one query.
fn truth(cache: &Fake, q: &[f32], block_len: usize, (start, end): (usize, usize), scale: f32) -> Vec<f64> {
    let head_dim = q.len();
    let key = |p: usize, e: usize| f64::from(cache.wide[0][p / block_len][e * block_len + p % block_len]);
    let score = |p: usize| {
        let dot: f64 = q.iter().enumerate().map(|(e, q)| f64::from(*q) * key(p, e)).sum();
        (dot * f64::from(scale)).exp()
    };
    let weights: Vec<f64> = (start..end).map(score).collect();
    let total: f64 = weights.iter().sum();
    let value = |p: usize, e: usize| f64::from(cache.wide[1][p / block_len][p % block_len * head_dim + e]);
    let sum = |e| (start..end).zip(&weights).map(|(p, w)| w * value(p, e)).sum::<f64>() / total;
    (0..head_dim).map(sum).collect()
}

fn check(block_len: usize, head_dim: usize, ends: &[usize], window: usize, seed: u32) {
    let positions = ends.iter().max().copied().unwrap_or(1);
    let q: Vec<f32> = (0..ends.len() * head_dim)
        .map(|i| ((i as u32 ^ seed).wrapping_mul(747_796_405) >> 9) as f32 / 4_194_304.0 - 1.0)
        .collect();
    let seen: Vec<_> = ends.iter().map(|end| (end.saturating_sub(window), *end)).collect();
    let scale = 1.0 / (head_dim as f32).sqrt();
    // What one number after another gives, with these instructions, and products of bytes, whoever multiplies them.
    let mut before: [Option<Vec<f32>>; 2] = [None, None];
    for isa in Isa::available() {
        before[0] = None;
        for (kind, rounded) in KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
            let cache = Fake::new(kind, positions, (block_len, head_dim), seed);
            let reader = Reader::of(isa, kind, rounded, (head_dim, block_len));
            let (tolerance, alike) = match (reader, kind, rounded) {
                (Reader::Plain, ..) => (2e-6, Some(0)),
                // To eight bits.
                #[cfg(target_arch = "x86_64")]
                (Reader::Pairs | Reader::Tiles, _, true) => (1e-2, None),
                // To 15 bits of the largest.
                #[cfg(target_arch = "x86_64")]
                (Reader::Bytes | Reader::Tiles, KvType::Q8_0, false) => (1e-4, Some(1)),
                // Split into two numbers of eight bits.
                #[cfg(target_arch = "x86_64")]
                (Reader::Pairs | Reader::Tiles | Reader::Bytes, ..) => (2e-5, None),
            };
            let task = Task { q: &q, head_dim, scale, block_len, rounded, seen: &seen };
            let (mut scratch, mut out) = (Scratch::default(), vec![f32::NAN; q.len()]);
            attend(isa, task, &cache, &mut scratch, &mut out);
            for (i, (q, out)) in q.chunks(head_dim).zip(out.chunks(head_dim)).enumerate() {
                let mut alone = vec![f32::NAN; head_dim];
                let task = Task { q, seen: &seen[i..=i], ..task };
                attend(isa, task, &cache, &mut scratch, &mut alone);
                assert_eq!(alone, out, "{isa:?}: query {i} of {} in company", ends.len());
                for (found, exact) in out.iter().zip(truth(&cache, q, block_len, seen[i], scale)) {
                    let difference = (f64::from(*found) - exact).abs();
                    assert!(difference < tolerance, "{isa:?}, {kind}: {found} for {exact}");
                }
            }
            // The cells hold the same numbers each time.
            if let Some(alike) = alike {
                assert_eq!(*before[alike].get_or_insert_with(|| out.clone()), out, "{isa:?}, {kind}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn company_changes_nothing_and_the_definition_holds(
        block_len in prop::sample::select(vec![5_usize, 16, 32]),
        head_dim in prop::sample::select(vec![20_usize, 32, 64, 96, 128]),
        ends in prop::collection::vec(1_usize..70, 1..=QUERIES),
        window in prop_oneof![Just(1_000_usize), 1_usize..40],
        seed in any::<u32>(),
    ) {
        check(block_len, head_dim, &ends, window, seed);
    }
}

#[test]
fn heads_of_consecutive_tokens_across_the_edge_of_a_block() {
    for ends in [
        [15, 15, 15, 16, 16, 16, 17, 17, 17, 18, 18, 18],
        [255, 255, 255, 256, 256, 256, 257, 257, 257, 258, 258, 258],
    ] {
        check(16, 64, &ends, 1_000, 7);
        check(16, 64, &ends, 9, 7);
    }
}

#[test]
fn spans_of_a_long_text_become_one_answer() {
    for window in [2_000, 300] {
        check(16, 64, &[1, 500, 512, 513, 1_024, 1_030], window, 3);
        check(5, 20, &[510, 511, 900], window, 3);
    }
}

#[test]
fn a_text_shared_out_is_answered_as_by_one() {
    let (block_len, head_dim, end) = (16, 64, 1_300);
    let q: Vec<f32> = (0..2 * head_dim).map(|i| (i % 23) as f32 / 11.0 - 1.0).collect();
    for (isa, kind) in Isa::available().into_iter().flat_map(|isa| KINDS.map(|kind| (isa, kind))) {
        let cache = Fake::new(kind, end, (block_len, head_dim), 5);
        let seen = &[(0, end), (700, end)];
        let task = Task { q: &q, head_dim, scale: 0.125, block_len, rounded: false, seen };
        let (mut scratch, mut whole, mut shared) =
            (Scratch::default(), vec![0.0; q.len()], vec![0.0; q.len()]);
        attend(isa, task, &cache, &mut scratch, &mut whole);
        let mut parts = spans((0, end), block_len).map(|span| {
            let mut partial = Partial::default();
            attend_span(isa, task, span, &cache, &mut Room::default(), &mut partial);
            partial
        });
        let mut all = parts.next().unwrap();
        parts.for_each(|next| all.add(&next, head_dim));
        all.finish(isa, head_dim, &mut shared);
        assert_eq!(shared, whole, "{isa:?}, {kind}");
    }
}

#[test]
fn what_is_appended_lies_where_it_is_read() {
    for (isa, (head_dim, block_len)) in
        Isa::available().into_iter().flat_map(|isa| [(isa, (64, 16)), (isa, (128, 32))])
    {
        let parts = [Part::Keys { head_dim, block_len }, Part::Values { head_dim, block_len }];
        for (part, position) in parts.into_iter().flat_map(|part| (0..block_len).map(move |at| (part, at))) {
            let x: Vec<f32> = (0..head_dim).map(|i| (i * 37 % 101) as f32 / 7.0 - position as f32).collect();
            let before: Vec<u16> = (0..(head_dim * block_len) as u16).collect();
            let (mut found, mut expected) = (before.clone(), before);
            for (element, x) in x.iter().enumerate() {
                expected[part.paired(element, position)] = f32_to_bf16(*x);
            }
            let to = found.as_mut_ptr().cast();
            // SAFETY: the cells are this test's alone, and a whole block.
            if unsafe { append(isa, KvType::Bf16, part, position, &x, to) } {
                assert_eq!(found, expected, "{isa:?}: position {position}");
            }
            let (codes, scales) = q8::counts(head_dim, block_len).unwrap();
            let before: Vec<i8> = (0..codes + 2 * scales).map(|i| i as i8).collect();
            let (mut found, mut expected) = (before.clone(), before);
            let (of_codes, of_scales) = expected.split_at_mut(codes);
            let put = |at: usize, x: &[i8]| of_codes[at..at + x.len()].copy_from_slice(x);
            q8::quantize(&x, part, position, put, |at, scale| {
                of_scales[at * 2..][..2].copy_from_slice(&scale.to_ne_bytes().map(|byte| byte as i8));
            });
            let to = found.as_mut_ptr().cast();
            // SAFETY: as above.
            if unsafe { append(isa, KvType::Q8_0, part, position, &x, to) } {
                assert_eq!(found, expected, "{isa:?}: position {position}");
            }
        }
    }
}
