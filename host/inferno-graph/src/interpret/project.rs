//! `x · Wᵀ`, decoding each row of `W` once for all rows of `x`.

use std::thread;

use super::Tensor;
use crate::{WeightRef, quant::dequantize_row};

/// Below this many products a thread costs more than it brings.
const WORTH_A_THREAD: usize = 1 << 17;

/// `[n, weight.cols] → [n, weight.rows]`.
pub(super) fn project(x: &[f32], weight: WeightRef<'_>, threads: usize) -> Tensor {
    let (n, rows) = (x.len() / weight.cols, weight.rows);
    if n == 0 {
        return [].into();
    }
    let threads = threads.min(x.len() * rows / WORTH_A_THREAD).max(1);
    let share = rows.div_ceil(threads);
    let mut columns = vec![0.0; rows * n];
    thread::scope(|scope| {
        for (columns, first) in columns.chunks_mut((share * n).max(1)).zip((0..).step_by(share)) {
            let mut work = move || project_rows(x, weight, first, columns);
            // The last share runs here, so that one thread means no thread.
            if first + share < rows { drop(scope.spawn(work)) } else { work() }
        }
    });
    (0..n).flat_map(|t| columns.iter().skip(t).step_by(n).copied()).collect()
}

/// Fills `columns`, which holds `n` products for each weight row from `first` on.
fn project_rows(x: &[f32], weight: WeightRef<'_>, first: usize, columns: &mut [f32]) {
    let n = x.len() / weight.cols;
    let mut row = vec![0.0; weight.cols];
    for (r, column) in (first..).zip(columns.chunks_exact_mut(n)) {
        dequantize_row(weight.dtype, weight.row(r), &mut row);
        let (x4, x1) = x.split_at(n / 4 * 4 * weight.cols);
        let (column4, column1) = column.split_at_mut(n / 4 * 4);
        for (x, y) in x4.chunks_exact(4 * weight.cols).zip(column4.chunks_exact_mut(4)) {
            let (a, b) = x.split_at(2 * weight.cols);
            let ((a0, a1), (b0, b1)) = (a.split_at(weight.cols), b.split_at(weight.cols));
            y.copy_from_slice(&dots(&row, [a0, a1, b0, b1]));
        }
        for (x, y) in x1.chunks_exact(weight.cols).zip(column1) {
            [*y] = dots(&row, [x]);
        }
    }
}

/// Scalar products in eight partial sums, so that the compiler can use vectors. The order of additions does not
/// depend on `N`: a row gives the same bits in whatever batch it is.
fn dots<const N: usize>(w: &[f32], xs: [&[f32]; N]) -> [f32; N] {
    let mut sums = [[0.0_f32; 8]; N];
    let (w8, w_rest) = w.as_chunks::<8>();
    let xs8 = xs.map(|x| x.as_chunks::<8>());
    for (i, w) in w8.iter().enumerate() {
        for (sums, (x8, _)) in sums.iter_mut().zip(&xs8) {
            let x = &x8[i];
            for lane in 0..8 {
                sums[lane] += w[lane] * x[lane];
            }
        }
    }
    let mut out = sums.map(|s| ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])));
    for (out, (_, rest)) in out.iter_mut().zip(&xs8) {
        for (w, x) in w_rest.iter().zip(*rest) {
            *out += w * x;
        }
    }
    out
}

/// Lays the columns of several projections of `n` rows side by side and adds their biases, if there are any.
pub(super) fn side_by_side(parts: &[Tensor], biases: &[Vec<f32>], n: usize) -> Tensor {
    if let ([only], []) = (parts, biases) {
        return only.clone();
    }
    let width = |part: &Tensor| part.len() / n.max(1);
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
    for t in 0..n {
        for (i, part) in parts.iter().enumerate() {
            let row = &part[t * width(part)..(t + 1) * width(part)];
            match biases.get(i) {
                Some(bias) => out.extend(row.iter().zip(bias).map(|(y, b)| y + b)),
                None => out.extend(row),
            }
        }
    }
    out.into()
}
