//! Attention's two products in plain loops: for any processor, and for shapes that fill no register.
//!
//! Easily confused with `x86::attention::plain`, which does the same over cells as they are stored.

/// Positions whose scores are computed together.
const LANES: usize = 16;
/// Elements whose weighted sums are computed together.
const ELEMENTS: usize = 64;

#[inline(always)]
pub(super) fn score_body<const FMA: bool>(
    mut q: &[f32],
    keys: &[f32],
    block_len: usize,
    mut scores: &mut [f32],
    stride: usize,
) {
    let head_dim = keys.len() / block_len;
    while !q.is_empty() {
        let done = match q.len() / head_dim {
            12.. => score_queries::<FMA, 12>(q, keys, block_len, scores, stride),
            6.. => score_queries::<FMA, 6>(q, keys, block_len, scores, stride),
            3.. => score_queries::<FMA, 3>(q, keys, block_len, scores, stride),
            2 => score_queries::<FMA, 2>(q, keys, block_len, scores, stride),
            _ => score_queries::<FMA, 1>(q, keys, block_len, scores, stride),
        };
        q = &q[done * head_dim..];
        scores = scores.get_mut(done * stride..).unwrap_or_default();
    }
}

/// Dot products of `N` queries with all keys of a block, element after element.
#[inline(always)]
fn score_queries<const FMA: bool, const N: usize>(
    q: &[f32],
    keys: &[f32],
    block_len: usize,
    scores: &mut [f32],
    stride: usize,
) -> usize {
    let head_dim = keys.len() / block_len;
    let q: [&[f32]; N] = std::array::from_fn(|i| &q[i * head_dim..][..head_dim]);
    let mut at = 0;
    while at + LANES <= block_len {
        let mut acc = [[0_f32; LANES]; N];
        for (e, keys) in keys.chunks_exact(block_len).take(head_dim).enumerate() {
            let keys: &[f32; LANES] = keys[at..at + LANES].first_chunk().unwrap_or(&[0.0; LANES]);
            for (q, acc) in q.iter().zip(&mut acc) {
                for lane in 0..LANES {
                    acc[lane] = multiply_add::<FMA>(q[e], keys[lane], acc[lane]);
                }
            }
        }
        for (query, acc) in acc.iter().enumerate() {
            scores[query * stride + at..][..LANES].copy_from_slice(acc);
        }
        at += LANES;
    }
    for position in at..block_len {
        for (query, q) in q.iter().enumerate() {
            let key = |e: usize| keys[e * block_len + position];
            let dot = q.iter().enumerate().fold(0.0, |acc, (e, q)| multiply_add::<FMA>(*q, key(e), acc));
            scores[query * stride + position] = dot;
        }
    }
    N
}

/// `a · b + c`, in one instruction where there is one.
#[inline(always)]
fn multiply_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
pub(super) fn weigh_body<const FMA: bool>(
    weights: &[f32],
    stride: usize,
    rows: &[f32],
    head_dim: usize,
    out: &mut [f32],
) {
    match out.len() / head_dim {
        1 => weigh_queries::<FMA, 1>(weights, stride, rows, head_dim, out),
        2 => weigh_queries::<FMA, 2>(weights, stride, rows, head_dim, out),
        _ => weigh_queries::<FMA, 3>(weights, stride, rows, head_dim, out),
    }
}

#[inline(always)]
fn weigh_queries<const FMA: bool, const N: usize>(
    weights: &[f32],
    stride: usize,
    rows: &[f32],
    head_dim: usize,
    out: &mut [f32],
) {
    let count = rows.len() / head_dim;
    let weights: [&[f32]; N] = std::array::from_fn(|i| &weights[i * stride..][..count]);
    let mut at = 0;
    // Some elements stay in registers while all rows go by.
    while at + ELEMENTS <= head_dim {
        let mut acc = [[0_f32; ELEMENTS]; N];
        for (query, acc) in acc.iter_mut().enumerate() {
            acc.copy_from_slice(&out[query * head_dim + at..][..ELEMENTS]);
        }
        for (position, row) in rows.chunks_exact(head_dim).enumerate() {
            let row: &[f32; ELEMENTS] = row[at..at + ELEMENTS].first_chunk().unwrap_or(&[0.0; ELEMENTS]);
            for (weights, acc) in weights.iter().zip(&mut acc) {
                for lane in 0..ELEMENTS {
                    acc[lane] = multiply_add::<FMA>(weights[position], row[lane], acc[lane]);
                }
            }
        }
        for (query, acc) in acc.iter().enumerate() {
            out[query * head_dim + at..][..ELEMENTS].copy_from_slice(acc);
        }
        at += ELEMENTS;
    }
    for (weights, out) in weights.iter().zip(out.chunks_exact_mut(head_dim)) {
        for (w, row) in weights.iter().zip(rows.chunks_exact(head_dim)) {
            for (y, v) in out[at..].iter_mut().zip(&row[at..]) {
                *y = multiply_add::<FMA>(*w, *v, *y);
            }
        }
    }
}
