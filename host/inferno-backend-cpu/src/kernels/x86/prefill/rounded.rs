//! Activations and weights in bfloat16; what that means is said in `kernels::prefill`.

use std::{arch::x86_64::*, mem::transmute};

use inferno_graph::DType;

use super::{ROW, TILE_BYTES};
use crate::kernels::{
    PANEL,
    format::{Format, with_format},
    matmul::Layout,
    packed,
    prefill::rounded::DEPTH,
    x86::{narrow, vnni},
};

/// Rounds a line of activations.
///
/// # Safety
/// The line may be written; the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
pub(in crate::kernels) unsafe fn round(x: &[f32; DEPTH], line: *mut [u16; DEPTH]) {
    // SAFETY: as the caller vouches; a line is two registers of `f32`.
    unsafe {
        let (low, high) = (_mm512_loadu_ps(x.as_ptr()), _mm512_loadu_ps(x.as_ptr().add(16)));
        _mm512_storeu_si512(line.cast(), transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low)));
    }
}

/// Rounds half a line of activations.
///
/// # Safety
/// It may be written; the processor has the features named.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
pub(in crate::kernels) unsafe fn round_half(x: &[f32; PANEL], half: *mut [u16; PANEL]) {
    // SAFETY: as the caller vouches; half a line is a register of `f32`.
    unsafe {
        let rounded = _mm512_cvtneps_pbh(_mm512_loadu_ps(x.as_ptr()));
        _mm256_storeu_si256(half.cast(), transmute::<__m256bh, __m256i>(rounded));
    }
}

/// Unpacks a panel of `cols` columns.
///
/// # Safety
/// The panel is packed and as wide, `out` has room for it, and the processor has the features named.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
pub(in crate::kernels) unsafe fn unpack(layout: Layout, panel: *const u8, cols: usize, out: *mut u8) {
    // SAFETY: as the caller vouches.
    unsafe {
        match layout {
            Layout::Narrow => narrow::unpack(panel, cols, out),
            Layout::Stored(dtype) => {
                with_format!(dtype, |F| quantized::<F>(panel, cols, out), else floats(dtype, panel, cols, out));
            }
        }
    }
}

/// Two columns of 16 weight rows, in turn.
#[inline(always)]
unsafe fn pair(first: __m512, second: __m512) -> __m512i {
    // SAFETY: the caller vouches for the features.
    unsafe {
        let columns = transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(second, first));
        in_turn(columns)
    }
}

/// Cells 0 and 16, 1 and 17, and so on.
#[inline(always)]
unsafe fn in_turn(columns: __m512i) -> __m512i {
    /// Where each cell of a line comes from.
    const ORDER: [u16; 32] = {
        let mut order = [0; 32];
        let mut i = 0;
        while i < 32 {
            order[i] = (i / 2 + i % 2 * 16) as u16;
            i += 1;
        }
        order
    };
    // SAFETY: the caller vouches for the features.
    unsafe { _mm512_permutexvar_epi16(_mm512_loadu_si512(ORDER.as_ptr().cast()), columns) }
}

#[inline(always)]
unsafe fn quantized<F: Format>(panel: *const u8, cols: usize, out: *mut u8) {
    let subs = cols / 32;
    // SAFETY: a panel holds codes and scales of every sub-block, and there is room for each.
    unsafe {
        let (mut lines, mut out) = (panel, out);
        let mut scales = panel.add(subs * packed::code_bytes::<F>());
        let offset = _mm512_set1_ps(F::OFFSET as f32);
        let byte = _mm512_set1_epi32(255);
        for _ in 0..subs / F::SUBS {
            for sub in 0..F::SUBS {
                let w = vnni::unpack::<F>(lines);
                let vnni::Scales { d, m } = vnni::load_scales::<F>(scales, sub);
                // d · (code − OFFSET) + m
                let m = [_mm512_fnmadd_ps(d[0], offset, m), _mm512_fnmadd_ps(d[1], offset, m)];
                for (g, codes) in w.into_iter().enumerate() {
                    let half = if F::HALVES { g / 4 } else { 0 };
                    let value = |code: __m512i| _mm512_fmadd_ps(d[half], _mm512_cvtepi32_ps(code), m[half]);
                    let (c0, c1) = (_mm512_and_si512(codes, byte), _mm512_srli_epi32::<8>(codes));
                    let (c2, c3) = (_mm512_srli_epi32::<16>(codes), _mm512_srli_epi32::<24>(codes));
                    let (c1, c2) = (_mm512_and_si512(c1, byte), _mm512_and_si512(c2, byte));
                    let line = out.add(g * 2 * ROW);
                    _mm512_storeu_si512(line.cast(), pair(value(c0), value(c1)));
                    _mm512_storeu_si512(line.add(ROW).cast(), pair(value(c2), value(c3)));
                }
                lines = lines.add(packed::code_bytes::<F>());
                out = out.add(TILE_BYTES);
            }
            scales = scales.add(packed::scale_bytes::<F>());
        }
    }
}

/// Panels of floats of two bytes, which lie column by column.
#[inline(always)]
unsafe fn floats(dtype: DType, panel: *const u8, cols: usize, out: *mut u8) {
    for columns in 0..cols / 2 {
        // SAFETY: two columns of 16 rows are a line, in the panel as in `out`.
        unsafe {
            let line = panel.add(columns * ROW);
            let pair = if dtype == DType::Bf16 {
                in_turn(_mm512_loadu_si512(line.cast()))
            } else {
                let column = |at: usize| _mm512_cvtph_ps(_mm256_loadu_si256(line.add(at).cast()));
                pair(column(0), column(ROW / 2))
            };
            _mm512_storeu_si512(out.add(columns * ROW).cast(), pair);
        }
    }
}
