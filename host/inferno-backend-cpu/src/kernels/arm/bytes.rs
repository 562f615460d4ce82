//! Sums of products of bytes, 8 rows of a panel times up to 4 rows of activations at a time: 16 sums and as many numbers, and what is
//! multiplied, fill the registers.
//!
//! [`Fours`] multiplies by an instruction that adds four products to a sum of 32 bits, and takes the four of one factor from any place
//! of a register, so nothing is broadcast. [`Pairs`] is for processors without it: products of narrow codes are added in 16 bits.

use std::arch::{aarch64::*, asm};

use super::halves::four_halves;

use crate::kernels::{
    GROUP, PANEL, Products,
    format::Format,
    hints,
    lanes::AHEAD,
    packed::{self, HALF_LANES, LINE},
    quantize::{self, BLOCK_BYTES, ROW_BYTES, Tile},
};

/// Rows of weights that go together, and of them in a register.
const LANES: usize = 8;
const QUAD: usize = 4;

/// How bytes of four rows are multiplied with those of one row of activations.
pub(in crate::kernels) trait Bytes {
    /// Sums so far.
    type Sums: Copy;

    /// None yet.
    unsafe fn none() -> Self::Sums;
    /// Adds the products of four columns of `w` and four `PLACE` of `x`. Sums begin anew after all columns that share a scale.
    unsafe fn add<F: Format, const PLACE: i32>(sums: Self::Sums, w: int8x16_t, x: int8x16_t) -> Self::Sums;
    /// The sum of each row.
    unsafe fn total(sums: Self::Sums) -> int32x4_t;
}

/// With products of four bytes (`dotprod`).
pub(in crate::kernels) struct Fours;

impl Bytes for Fours {
    type Sums = int32x4_t;

    #[inline(always)]
    unsafe fn none() -> int32x4_t {
        // SAFETY: every processor of this architecture has the instructions, here as below.
        unsafe { vdupq_n_s32(0) }
    }

    #[inline(always)]
    unsafe fn add<F: Format, const PLACE: i32>(mut sums: int32x4_t, w: int8x16_t, x: int8x16_t) -> int32x4_t {
        // The intrinsic is not stable yet.
        // SAFETY: the caller vouches for the instruction, which touches nothing but its operands.
        unsafe {
            asm!(
                ".arch_extension dotprod",
                "sdot {sums:v}.4s, {w:v}.16b, {x:v}.4b[{place}]",
                sums = inout(vreg) sums,
                w = in(vreg) w,
                x = in(vreg) x,
                place = const PLACE,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        sums
    }

    #[inline(always)]
    unsafe fn total(sums: int32x4_t) -> int32x4_t {
        sums
    }
}

/// With products of two bytes.
pub(in crate::kernels) struct Pairs;

/// Of two rows each in 16 bits, and of four.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct PairSums {
    narrow: [int16x8_t; 2],
    wide: int32x4_t,
}

impl Bytes for Pairs {
    type Sums = PairSums;

    #[inline(always)]
    unsafe fn none() -> PairSums {
        // SAFETY: as above.
        unsafe { PairSums { narrow: [vdupq_n_s16(0); 2], wide: vdupq_n_s32(0) } }
    }

    #[inline(always)]
    unsafe fn add<F: Format, const PLACE: i32>(sums: PairSums, w: int8x16_t, x: int8x16_t) -> PairSums {
        const {
            // Of so many columns at most, four of which are added to different numbers.
            let columns = if F::HALVES { 16 } else { 32 };
            assert!(F::BITS == 8 || columns / 4 * ((1 << F::BITS) - 1) * 127 <= i16::MAX as i32);
        }
        let PairSums { narrow: [a, b], wide } = sums;
        // SAFETY: as above.
        unsafe {
            let x = vreinterpretq_s8_s32(vdupq_laneq_s32::<PLACE>(vreinterpretq_s32_s8(x)));
            if F::BITS == 8 {
                // Two products fit: |x| ≤ 127, and 2 · 128 · 127 < 2^15.
                let pairs = vpaddq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(x)), vmull_high_s8(w, x));
                PairSums { wide: vpadalq_s16(wide, pairs), ..sums }
            } else {
                let a = vmlal_s8(a, vget_low_s8(w), vget_low_s8(x));
                PairSums { narrow: [a, vmlal_high_s8(b, w, x)], ..sums }
            }
        }
    }

    #[inline(always)]
    unsafe fn total(PairSums { narrow: [a, b], wide }: PairSums) -> int32x4_t {
        // SAFETY: as above.
        unsafe { vaddq_s32(wide, vpaddq_s32(vpaddlq_s16(a), vpaddlq_s16(b))) }
    }
}

/// A panel times rows `lane..lane + rows` of a tile.
///
/// # Safety
/// The panel is as wide as the tile, `rows ≤ 8`, `lane + rows ≤ 16`, and the processor has the instructions of `B`.
pub(in crate::kernels) unsafe fn multiply<F: Format, B: Bytes>(
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
                4.. => few::<F, B, 4>(panel, tile, lane, out),
                2.. => few::<F, B, 2>(panel, tile, lane, out),
                _ => few::<F, B, 1>(panel, tile, lane, out),
            }
        };
    }
}

#[inline(always)]
unsafe fn few<F: Format, B: Bytes, const N: usize>(
    panel: *const u8,
    tile: Tile<'_>,
    lane: usize,
    out: &mut [[f32; PANEL]],
) -> usize {
    assert!(out.len() >= N && lane + N <= crate::kernels::TILE, "rows that there are");
    let subs = tile.blocks();
    // Codes of eight bits are taken as signed, which leaves nothing to subtract.
    let offset = if F::BITS == 8 { 0 } else { F::OFFSET };
    for half in 0..PANEL / LANES {
        // SAFETY: a panel holds codes and scales of every sub-block, a tile every lane of every block.
        unsafe {
            let mut acc = [[vdupq_n_f32(0.0); 2]; N];
            for sub in 0..subs {
                let lines = panel.add(sub * packed::code_bytes::<F>());
                let scales =
                    panel.add(subs * packed::code_bytes::<F>() + sub / F::SUBS * packed::scale_bytes::<F>());
                if half == 0 {
                    (0..F::BITS).for_each(|line| hints::near(lines.wrapping_add(AHEAD + line * LINE)));
                }
                let rows = tile.as_ptr().add(sub * BLOCK_BYTES + lane * ROW_BYTES);
                let part = |at: usize, i: usize| rows.add(i * ROW_BYTES + at);
                let sums = dots::<F, B, N>(lines, half, rows);
                let Scales { d, m } = load_scales::<F>(scales, sub % F::SUBS, half);
                for i in 0..N {
                    let scale: f32 = *part(quantize::SCALE, i).cast();
                    let [low, high] = (*part(quantize::SUMS, i).cast::<[i16; 2]>()).map(i32::from);
                    let begin = if F::HALVES { [low, high] } else { [low + high, 0] };
                    for quad in 0..2 {
                        let mut add = |d: float32x4_t, of: usize| {
                            let sum = B::total(sums[of][i][quad]);
                            let sum = vsubq_s32(sum, vdupq_n_s32(offset * begin[of]));
                            acc[i][quad] = vfmaq_f32(acc[i][quad], vmulq_n_f32(d, scale), vcvtq_f32_s32(sum));
                        };
                        add(d[0][quad], 0);
                        if F::HALVES {
                            add(d[1][quad], 1);
                        }
                        if F::HAS_MIN {
                            let scaled_sum = vdupq_n_f32(*part(quantize::SCALED_SUM, i).cast());
                            acc[i][quad] = vfmaq_f32(acc[i][quad], m[quad], scaled_sum);
                        }
                    }
                }
            }
            for i in 0..N {
                for quad in 0..2 {
                    vst1q_f32(out[i].as_mut_ptr().add(half * LANES + quad * QUAD), acc[i][quad]);
                }
            }
        }
    }
    N
}

/// The products of a sub-block: of all of it, or where halves count by themselves of each half. Of each row of activations, for two
/// times four rows of weights.
#[inline(always)]
unsafe fn dots<F: Format, B: Bytes, const N: usize>(
    lines: *const u8,
    half: usize,
    rows: *const u8,
) -> [[[B::Sums; 2]; N]; 2] {
    // SAFETY: as the caller vouches; a row of a tile begins with 32 codes.
    unsafe {
        let mut sums = [[[B::none(); 2]; N]; 2];
        // The place of a four is part of the instruction.
        macro_rules! groups {
            ($($group:literal $place:literal),+) => {$({
                let w = unpack::<F>(lines, half, $group);
                let sums = &mut sums[if F::HALVES { $group / 4 } else { 0 }];
                for i in 0..N {
                    let x = vld1q_s8(rows.add(i * ROW_BYTES + $group / 4 * 16).cast());
                    for quad in 0..2 {
                        sums[i][quad] = B::add::<F, $place>(sums[i][quad], w[quad], x);
                    }
                }
            })+};
        }
        groups!(0 0, 1 1, 2 2, 3 3, 4 0, 5 1, 6 2, 7 3);
        sums
    }
}

/// The codes of a group of eight rows; those of eight bits as signed ones.
#[inline(always)]
unsafe fn unpack<F: Format>(lines: *const u8, half: usize, group: usize) -> [int8x16_t; 2] {
    // SAFETY: a sub-block has `BITS` lines; what belongs to eight rows is half of one.
    unsafe {
        let mut codes = [vdupq_n_s8(0); 2];
        for quad in 0..2 {
            let line = |i: usize| vld1q_u8(lines.add(i * LINE + (half * 2 + quad) * 16));
            let code = if F::BITS == 8 {
                veorq_u8(line(group), vdupq_n_u8(0x80))
            } else {
                let both = line(group % 4);
                let low = if group < 4 { vandq_u8(both, vdupq_n_u8(15)) } else { vshrq_n_u8::<4>(both) };
                match F::BITS {
                    5 => vorrq_u8(low, spread(lines.add(4 * LINE + group * 8 + half * 4), quad)),
                    6 => {
                        let high = line(4 + group / 4);
                        let moved = match group % 4 {
                            0 => vshlq_n_u8::<4>(high),
                            1 => vshlq_n_u8::<2>(high),
                            2 => high,
                            _ => vshrq_n_u8::<2>(high),
                        };
                        vorrq_u8(low, vandq_u8(moved, vdupq_n_u8(0x30)))
                    }
                    _ => low,
                }
            };
            codes[quad] = vreinterpretq_s8_u8(code);
        }
        codes
    }
}

/// Sixteen in byte `i` where bit `i` of two bytes is set, the ones number `quad`.
#[inline(always)]
unsafe fn spread(bits: *const u8, quad: usize) -> uint8x16_t {
    // SAFETY: as the caller vouches.
    unsafe {
        let [first, second] = [*bits.add(quad * 2), *bits.add(quad * 2 + 1)];
        let bytes = vcombine_u8(vdup_n_u8(first), vdup_n_u8(second));
        let one = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
        vandq_u8(vtstq_u8(bytes, one), vdupq_n_u8(16))
    }
}

/// Of eight rows: of each half, and the minima.
struct Scales {
    d: [[float32x4_t; 2]; 2],
    m: [float32x4_t; 2],
}

/// The scales of eight rows, of sub-block `sub` of the block whose scales are at `scales`.
#[inline(always)]
unsafe fn load_scales<F: Format>(scales: *const u8, sub: usize, half: usize) -> Scales {
    // SAFETY: a block's scales are as long as `packed` says.
    unsafe {
        let halves = |at: usize| {
            let halves = vld1q_u16(scales.add(at + half * LANES * 2).cast());
            [vget_low_u16(halves), vget_high_u16(halves)].map(|four| four_halves(four))
        };
        let d = halves(0);
        let m = if F::HAS_MIN { halves(HALF_LANES) } else { [vdupq_n_f32(0.0); 2] };
        if F::SUBS == 1 {
            return Scales { d: [d, d], m };
        }
        let factor =
            |at: usize| scales.add(packed::factors_at::<F>() + (sub * 2 + at) * PANEL + half * LANES);
        if F::HALVES {
            let times = |factors: *const u8| {
                let wide = vmovl_s8(vld1_s8(factors.cast()));
                let [low, high] = [vmovl_s16(vget_low_s16(wide)), vmovl_high_s16(wide)];
                [vmulq_f32(d[0], vcvtq_f32_s32(low)), vmulq_f32(d[1], vcvtq_f32_s32(high))]
            };
            Scales { d: [times(factor(0)), times(factor(1))], m }
        } else {
            let times = |of: [float32x4_t; 2], factors: *const u8| {
                let wide = vmovl_u8(vld1_u8(factors));
                let [low, high] = [vmovl_u16(vget_low_u16(wide)), vmovl_high_u16(wide)];
                [vmulq_f32(of[0], vcvtq_f32_u32(low)), vmulq_f32(of[1], vcvtq_f32_u32(high))]
            };
            let d = times(d, factor(0));
            let [low, high] = times(m, factor(1));
            Scales { d: [d, d], m: [vnegq_f32(low), vnegq_f32(high)] }
        }
    }
}

/// Runs `rounds` of independent products and returns how many multiplications and additions that were.
///
/// # Safety
/// The processor has the instructions of `B`.
pub(in crate::kernels) unsafe fn peak<B: Bytes>(rounds: usize) -> u64 {
    use std::hint::black_box;
    /// Chains that run side by side, to cover the latency of an instruction.
    const CHAINS: usize = 8;
    // SAFETY: as the caller vouches.
    unsafe {
        let (w, x) = (black_box(vdupq_n_s8(3)), black_box(vdupq_n_s8(5)));
        let mut sums = [B::none(); CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = B::add::<crate::kernels::format::Q8_0, 0>(*sum, w, x);
            }
        }
        black_box(sums.map(|sums| B::total(sums)));
    }
    (rounds * CHAINS * 16 * 2) as u64
}
