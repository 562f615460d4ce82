//! 16-bit floats in plain integer arithmetic, which compilers turn into vector code and which needs no detection
//! per value; whole slices by the instructions that there are for them.

use crate::isa::{Isa, Set};

/// The value of IEEE binary16 bits, exactly.
#[inline(always)]
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff) << 13;
    // Exponents are biased by 15 in binary16 and by 127 in binary32; the product also normalizes subnormals.
    let finite = (f32::from_bits(magnitude) * f32::from_bits((127 + 112) << 23)).to_bits();
    let special = if magnitude >= 0x7c00 << 13 { 0x7f80_0000 | magnitude } else { finite };
    f32::from_bits(sign | special)
}

/// `value` rounded to binary16, to nearest with ties to even, and back.
#[inline(always)]
pub(crate) fn round_to_f16(value: f32) -> f32 {
    let bits = value.to_bits();
    let sign = bits & 0x8000_0000;
    let magnitude = f32::from_bits(bits & 0x7fff_ffff);
    let rounded = if magnitude < f32::from_bits((127 - 14) << 23) {
        // Subnormal in binary16: adding 2^-1 leaves a multiple of 2^-24.
        (magnitude + 0.5) - 0.5
    } else {
        let bits = magnitude.to_bits();
        let tie = (bits >> 13) & 1;
        let bits = (bits + 0x0fff + tie) & !0x1fff;
        // 2^16 and everything above has no finite binary16.
        if bits >= (127 + 16) << 23 { f32::INFINITY } else { f32::from_bits(bits) }
    };
    f32::from_bits(sign | rounded.to_bits())
}

/// The bits of `value` in binary16, rounded to nearest with ties to even.
#[inline(always)]
pub(crate) fn f32_to_f16(value: f32) -> u16 {
    let rounded = round_to_f16(value);
    let (sign, size) = ((rounded.to_bits() >> 16 & 0x8000) as u16, rounded.abs());
    let bits = if size.is_nan() {
        0x7e00
    } else if size < f32::from_bits((127 - 14) << 23) {
        // Subnormal: a multiple of 2^-24.
        (size * f32::from_bits((127 + 24) << 23)) as u16
    } else if size.is_infinite() {
        0x7c00
    } else {
        ((size.to_bits() >> 13) - (112 << 10)) as u16
    };
    sign | bits
}

/// The bits of `value` in bfloat16, rounded to nearest with ties to even.
#[inline(always)]
pub(crate) fn f32_to_bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = (bits + (0x7fff + (bits >> 16 & 1))) >> 16;
    // Rounding could carry a NaN into something else.
    if value.is_nan() { 0x7fc0 } else { rounded as u16 }
}

/// Widens binary16 values.
pub(crate) fn widen(isa: Isa, halves: &[u16], out: &mut [f32]) {
    assert_eq!(halves.len(), out.len());
    match isa.set() {
        // SAFETY: an `Isa` exists only where its features were detected; the lengths are equal.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni | Set::Avx512Bf16 | Set::Amx => unsafe {
            super::x86::halves::widen_avx512(halves, out);
        },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { super::x86::halves::widen_avx2(halves, out) },
        #[cfg(target_arch = "aarch64")]
        Set::Neon | Set::NeonDot => super::arm::halves::widen(halves, out),
        Set::Portable => {
            for (y, bits) in out.iter_mut().zip(halves) {
                *y = f16_to_f32(*bits);
            }
        }
    }
}

/// The value of the upper half of a binary32.
#[inline(always)]
pub(crate) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binary16_survives_both_ways() {
        for bits in 0..=u16::MAX {
            let value = f16_to_f32(bits);
            let exponent = i32::from(bits >> 10 & 31);
            let fraction = f32::from(bits & 0x3ff);
            let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
            match exponent {
                31 if fraction != 0.0 => assert!(value.is_nan()),
                31 => assert_eq!(value, sign * f32::INFINITY),
                0 => assert_eq!(value, sign * fraction * 2_f32.powi(-24)),
                _ => assert_eq!(value, sign * (1024.0 + fraction) * 2_f32.powi(exponent - 25)),
            }
            if !value.is_nan() {
                assert_eq!(f32_to_f16(value), bits);
                assert_eq!(round_to_f16(value).to_bits(), value.to_bits());
            }
        }
    }

    #[test]
    fn every_instruction_set_widens_alike() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        for isa in Isa::available() {
            let mut wide = vec![0.0; all.len() - 3];
            widen(isa, &all[3..], &mut wide);
            for (bits, found) in all[3..].iter().zip(&wide) {
                let value = f16_to_f32(*bits);
                assert!(found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan(), "{bits:x}");
            }
        }
    }

    #[test]
    fn rounding_takes_the_nearest_and_ties_to_even() {
        for (value, rounded) in [
            (1.0 + 1.0 / 2048.0, 1.0),
            (1.0 + 3.0 / 2048.0, 1.0 + 2.0 / 1024.0),
            (1.0 + 1.1 / 2048.0, 1.0 + 1.0 / 1024.0),
            (65519.0, 65504.0),
            (65520.0, f32::INFINITY),
            (2_f32.powi(-25), 0.0),
            (3.0 * 2_f32.powi(-25), 2_f32.powi(-23)),
            (-0.1, -0.099_975_586),
        ] {
            assert_eq!(round_to_f16(value), rounded, "{value}");
        }
    }
}
