//! The arithmetic: one module per kind of kernel, each with a portable form and, where it pays, one per
//! instruction set.
//!
//! Invariant: what a kernel computes for a row does not depend, to the bit, on how many rows it is given, on which
//! others they are, or on how many panels are computed beside it; only on whether it is of prefill or of decode. Between instruction sets it may differ by
//! rounding, since some fuse a multiplication with an addition: for a product of `n` columns by no more than
//! [`tolerance(n)`](tolerance) of the sum of the sizes of what is added. Sums of codes are integers, and exact.

#[cfg(target_arch = "aarch64")]
mod arm;
pub(crate) mod attention;
pub(crate) mod elementwise;
pub(crate) mod float;
pub(crate) mod format;
pub(crate) mod half;
pub(crate) mod hints;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) mod lanes;
pub(crate) mod matmul;
pub(crate) mod narrow;
pub(crate) mod norm;
pub(crate) mod packed;
pub(crate) mod peak;
mod portable;
pub(crate) mod prefill;
pub(crate) mod quantize;
pub(crate) mod rope;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

/// Weight rows that are multiplied together: the lanes of one AVX-512 register of sums.
pub(crate) const PANEL: usize = 16;
/// Activation rows that lie together in memory.
pub(crate) const TILE: usize = 16;
/// Activation rows that vectors multiply with one panel at a time.
pub(crate) const GROUP: usize = 8;

/// What 16 rows of a matrix give for each activation row of a tile.
pub(crate) type Products = [[f32; PANEL]; TILE];

/// How far two instruction sets may be apart, for products of `cols` columns: a rounding for each term and each.
#[cfg(test)]
pub(crate) fn tolerance(cols: usize) -> f64 {
    cols as f64 * 2_f64.powi(-23)
}

/// Compiles `$body` once per instruction set and calls the one that `$isa` proves to exist.
///
/// For loops that the compiler vectorizes by itself: `$body` is an `#[inline(always)]` function, called with
/// whatever generics and arguments are given.
macro_rules! vectorized {
    ($isa:expr, fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?, $body:expr) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c")]
        fn avx2($($arg: $ty),*) $(-> $ret)? { ($body)($($arg),*) }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")]
        fn avx512($($arg: $ty),*) $(-> $ret)? { ($body)($($arg),*) }
        match $isa.set() {
            $crate::isa::Set::Portable => ($body)($($arg),*),
            // What every processor has is used everywhere.
            #[cfg(target_arch = "aarch64")]
            $crate::isa::Set::Neon | $crate::isa::Set::NeonDot => ($body)($($arg),*),
            // SAFETY: an `Isa` exists only where its features were detected.
            #[cfg(target_arch = "x86_64")]
            $crate::isa::Set::Avx2 => unsafe { avx2($($arg),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            $crate::isa::Set::Avx512Vnni | $crate::isa::Set::Avx512Bf16 | $crate::isa::Set::Amx => unsafe {
                avx512($($arg),*)
            },
        }
    }};
}
pub(crate) use vectorized;

/// Numbers of sizes as near each other as those of weights are: a row made of few numbers again and again may hold none that is
/// too small for [`narrow`], where matrices with too many of those are refused.
#[cfg(test)]
fn like_weights() -> impl proptest::strategy::Strategy<Value = f32> {
    use proptest::strategy::Strategy as _;
    (-2_f32..2.0).prop_map(|x| if x.abs() < 1e-3 { 0.0 } else { x })
}
