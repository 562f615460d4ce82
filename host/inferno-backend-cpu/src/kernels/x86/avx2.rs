//! AVX2: sums of products of bytes by `pmaddubsw`, 8 rows of a panel times up to 4 rows of activations at a time.
//!
//! Products of narrow codes are added in 16 bits as long as they fit, which saves half of the instructions.

use std::arch::x86_64::*;

use crate::kernels::{
    GROUP, PANEL, Products,
    format::Format,
    packed::{self, HALF_LANES, LINE},
    quantize::{self, BLOCK_BYTES, ROW_BYTES, Tile},
};

/// Rows of weights in a register.
const LANES: usize = 8;

/// A panel times rows `lane..lane + rows` of a tile.
///
/// # Safety
/// The panel is as wide as the tile, `rows ≤ 8`, `lane + rows ≤ 16`, and the processor has AVX2, FMA and F16C.
#[target_feature(enable = "avx2,fma,f16c")]
pub(in crate::kernels) unsafe fn multiply<F: Format>(
    panel: *const u8,
    tile: Tile<'_>,
    lane: usize,
    rows: usize,
    out: &mut Products,
) {
    let mut done = 0;
    while done < rows.min(GROUP) {
        let (lane, out) = (lane + done, &mut out[done..]);
        // SAFETY: as many rows are left as the constant says; otherwise as the caller vouches.
        done += unsafe {
            match rows - done {
                4.. => few::<F, 4>(panel, tile, lane, out),
                2.. => few::<F, 2>(panel, tile, lane, out),
                _ => few::<F, 1>(panel, tile, lane, out),
            }
        };
    }
}

#[inline(always)]
unsafe fn few<F: Format, const N: usize>(
    panel: *const u8,
    tile: Tile<'_>,
    lane: usize,
    out: &mut [[f32; PANEL]],
) -> usize {
    let subs = tile.blocks();
    // Codes of eight bits are taken as signed, which leaves nothing to subtract.
    let offset = if F::BITS == 8 { 0 } else { F::OFFSET };
    for half in 0..PANEL / LANES {
        // SAFETY: a panel holds codes and scales of every sub-block, a tile every lane of every block.
        unsafe {
            let mut acc = [_mm256_setzero_ps(); N];
            for sub in 0..subs {
                let lines = panel.add(sub * packed::code_bytes::<F>());
                let scales =
                    panel.add(subs * packed::code_bytes::<F>() + sub / F::SUBS * packed::scale_bytes::<F>());
                let rows = tile.as_ptr().add(sub * BLOCK_BYTES + lane * ROW_BYTES);
                let part = |at: usize, i: usize| rows.add(i * ROW_BYTES + at);
                let mut sums = [[_mm256_setzero_si256(); N]; 2];
                if offset != 0 {
                    for i in 0..N {
                        let [low, high] = (*part(quantize::SUMS, i).cast::<[i16; 2]>()).map(i32::from);
                        let low = if F::HALVES { low } else { low + high };
                        sums[0][i] = _mm256_set1_epi32(-offset * low);
                        sums[1][i] = _mm256_set1_epi32(-offset * high);
                    }
                }
                dots::<F, N>(lines, half, rows, &mut sums);
                let Scales { d, m } = load_scales::<F>(scales, sub % F::SUBS, half);
                for i in 0..N {
                    let scale = _mm256_set1_ps(*part(quantize::SCALE, i).cast());
                    let float = |sum| _mm256_cvtepi32_ps(sum);
                    acc[i] = _mm256_fmadd_ps(_mm256_mul_ps(d[0], scale), float(sums[0][i]), acc[i]);
                    if F::HALVES {
                        acc[i] = _mm256_fmadd_ps(_mm256_mul_ps(d[1], scale), float(sums[1][i]), acc[i]);
                    }
                    if F::HAS_MIN {
                        let scaled_sum = _mm256_set1_ps(*part(quantize::SCALED_SUM, i).cast());
                        acc[i] = _mm256_fmadd_ps(m, scaled_sum, acc[i]);
                    }
                }
            }
            for i in 0..N {
                _mm256_storeu_ps(out[i].as_mut_ptr().add(half * LANES), acc[i]);
            }
        }
    }
    N
}

/// Groups of codes whose products are added in 16 bits: two products of the largest code and 127, so often.
const fn narrow_groups<F: Format>() -> usize {
    match F::BITS {
        4 | 5 => 4,
        6 => 2,
        _ => 1,
    }
}

/// Adds the products of a sub-block to `sums`, of its second half to `sums[1]` where halves count by themselves.
#[inline(always)]
unsafe fn dots<F: Format, const N: usize>(
    lines: *const u8,
    half: usize,
    rows: *const u8,
    sums: &mut [[__m256i; N]; 2],
) {
    // SAFETY: as the caller vouches.
    unsafe {
        let ones = _mm256_set1_epi16(1);
        let mut narrow = [_mm256_setzero_si256(); N];
        for group in 0..8 {
            let w = unpack::<F>(lines, half, group);
            let sums = &mut sums[if F::HALVES { group / 4 } else { 0 }];
            for i in 0..N {
                let x = rows.add(i * ROW_BYTES + group * 4).cast::<i32>().read_unaligned();
                let x = _mm256_set1_epi32(x);
                if F::BITS == 8 {
                    // Unsigned times signed would overflow 16 bits: take |w| and move its sign to x. |x| ≤ 127, so
                    // negating it cannot overflow, and 2 · 128 · 127 fits.
                    let products = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
                    sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(products, ones));
                } else {
                    narrow[i] = _mm256_add_epi16(narrow[i], _mm256_maddubs_epi16(w, x));
                    if (group + 1) % narrow_groups::<F>() == 0 {
                        sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(narrow[i], ones));
                        narrow[i] = _mm256_setzero_si256();
                    }
                }
            }
        }
    }
}

/// The codes of a group of eight rows; those of eight bits as signed ones.
#[inline(always)]
unsafe fn unpack<F: Format>(lines: *const u8, half: usize, group: usize) -> __m256i {
    // SAFETY: a sub-block has `BITS` lines.
    unsafe {
        let line = |i: usize| _mm256_loadu_si256(lines.add(i * LINE + half * 32).cast());
        if F::BITS == 8 {
            return _mm256_xor_si256(line(group), _mm256_set1_epi8(-128));
        }
        let both = line(group % 4);
        let shifted = if group < 4 { both } else { _mm256_srli_epi16::<4>(both) };
        let low = _mm256_and_si256(shifted, _mm256_set1_epi8(15));
        match F::BITS {
            5 => {
                let bits = lines.add(4 * LINE + group * 8 + half * 4).cast::<i32>().read_unaligned();
                _mm256_or_si256(low, spread(bits))
            }
            6 => {
                let high = line(4 + group / 4);
                let moved = match group % 4 {
                    0 => _mm256_slli_epi16::<4>(high),
                    1 => _mm256_slli_epi16::<2>(high),
                    2 => high,
                    _ => _mm256_srli_epi16::<2>(high),
                };
                _mm256_or_si256(low, _mm256_and_si256(moved, _mm256_set1_epi8(0x30)))
            }
            _ => low,
        }
    }
}

/// Sixteen in byte `i` where bit `i` is set.
#[inline(always)]
unsafe fn spread(bits: i32) -> __m256i {
    // SAFETY: the caller vouches for AVX2.
    unsafe {
        let bytes =
            _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
        let one = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
        let bits = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(bits), bytes), one);
        _mm256_and_si256(_mm256_cmpeq_epi8(bits, one), _mm256_set1_epi8(16))
    }
}

struct Scales {
    d: [__m256; 2],
    m: __m256,
}

/// The scales of eight rows, of sub-block `sub` of the block whose scales are at `scales`.
#[inline(always)]
unsafe fn load_scales<F: Format>(scales: *const u8, sub: usize, half: usize) -> Scales {
    // SAFETY: a block's scales are as long as `packed` says.
    unsafe {
        let halves = |at: usize| _mm256_cvtph_ps(_mm_loadu_si128(scales.add(at + half * LANES * 2).cast()));
        let d = halves(0);
        let m = if F::HAS_MIN { halves(HALF_LANES) } else { _mm256_setzero_ps() };
        if F::SUBS == 1 {
            return Scales { d: [d, d], m };
        }
        let bytes = |at: usize| {
            let at = packed::factors_at::<F>() + (sub * 2 + at) * PANEL + half * LANES;
            _mm_loadl_epi64(scales.add(at).cast())
        };
        let (first, second) = (bytes(0), bytes(1));
        if F::HALVES {
            let signed = |x| _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(x));
            Scales { d: [_mm256_mul_ps(d, signed(first)), _mm256_mul_ps(d, signed(second))], m }
        } else {
            let unsigned = |x| _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(x));
            let d = _mm256_mul_ps(d, unsigned(first));
            let m = _mm256_sub_ps(_mm256_setzero_ps(), _mm256_mul_ps(m, unsigned(second)));
            Scales { d: [d, d], m }
        }
    }
}
