//! Which instructions the kernels may use, as a proof that this machine has them.
//!
//! Owns: the one place where the processor is asked. Refuses: any way to name an instruction set that was not
//! detected, so whoever holds an [`Isa`] may call the kernels compiled for it.

#[cfg(target_arch = "x86_64")]
use crate::kernels::x86::amx::permission;

/// An instruction set that this machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Set);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    /// All of the set before, and products of pairs of bfloat16.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16,
    /// All of the set before, and tiles.
    #[cfg(target_arch = "x86_64")]
    Amx,
    /// What every 64-bit ARM has.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// The same, and products of four bytes.
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

/// The features of the largest set; those of tiles come first.
#[cfg(target_arch = "x86_64")]
const WITH_TILES: &[&str] = &[
    "amx-bf16",
    "amx-int8",
    "amx-tile",
    "avx2",
    "avx512bf16",
    "avx512bw",
    "avx512dq",
    "avx512f",
    "avx512vl",
    "avx512vnni",
    "f16c",
    "fma",
];
/// How many of them are about tiles.
#[cfg(target_arch = "x86_64")]
const TILES: usize = 3;

impl Isa {
    /// Every set that this machine has, the fastest first. Never empty: portable code runs anywhere.
    pub fn available() -> Vec<Self> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            if avx2 && avx512 && is_x86_feature_detected!("avx512vnni") {
                if is_x86_feature_detected!("avx512bf16") {
                    if permission::granted() {
                        sets.push(Self(Set::Amx));
                    }
                    sets.push(Self(Set::Avx512Bf16));
                }
                sets.push(Self(Set::Avx512Vnni));
            }
            if avx2 {
                sets.push(Self(Set::Avx2));
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                sets.push(Self(Set::NeonDot));
            }
            sets.push(Self(Set::Neon));
        }
        sets.push(Self(Set::Portable));
        sets
    }

    /// The fastest set of this machine.
    pub fn best() -> Self {
        Self::available()[0]
    }

    /// The processor features the kernels of this set use, sorted.
    pub fn features(self) -> &'static [&'static str] {
        match self.0 {
            Set::Portable => &[],
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => &["avx2", "f16c", "fma"],
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Vnni => {
                &["avx2", "avx512bw", "avx512dq", "avx512f", "avx512vl", "avx512vnni", "f16c", "fma"]
            }
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Bf16 => WITH_TILES.split_at(TILES).1,
            #[cfg(target_arch = "x86_64")]
            Set::Amx => WITH_TILES,
            #[cfg(target_arch = "aarch64")]
            Set::Neon => &["neon"],
            #[cfg(target_arch = "aarch64")]
            Set::NeonDot => &["dotprod", "neon"],
        }
    }

    /// Whether a multiplication and an addition are one instruction, rounded once.
    pub(crate) const fn fuses(self) -> bool {
        !matches!(self.0, Set::Portable)
    }

    /// Whether this is AVX-512 with VNNI, or more.
    pub(crate) const fn has_avx512(self) -> bool {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Vnni | Set::Avx512Bf16 | Set::Amx => true,
            _ => false,
        }
    }

    /// Whether this multiplies pairs of bfloat16, or more.
    pub(crate) const fn has_bf16(self) -> bool {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Bf16 | Set::Amx => true,
            _ => false,
        }
    }

    /// Whether this multiplies tiles.
    pub(crate) const fn has_tiles(self) -> bool {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Amx => true,
            _ => false,
        }
    }

    pub(crate) const fn set(self) -> Set {
        self.0
    }
}
