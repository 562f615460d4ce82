//! Rotary position embedding: its attributes and the angles that follow from them.
//!
//! Owns the one definition of the inverse frequencies, shared by the interpreter and every backend.

use std::f32::consts::PI;

use serde::{Deserialize, Serialize};

use crate::WeightName;

/// Which elements of a head form a rotated pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopeStyle {
    /// `(2i, 2i + 1)`: Llama as GGUF stores it.
    Interleaved,
    /// `(i, i + rotary_dim / 2)`: NeoX, Qwen.
    Halves,
}

/// How the frequencies are stretched for contexts longer than the one trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopeScaling {
    /// As trained.
    None,
    /// Positions divided by `factor` (Chen et al. 2023).
    Linear {
        /// How much longer the context became.
        factor: f32,
    },
    /// Each frequency divided by its entry in a stored vector of `rotary_dim / 2` factors (Llama 3.1).
    Factors {
        /// The vector's name.
        weight: WeightName,
    },
    /// YaRN (Peng et al. 2023), with its usual ramp between 1 and 32 rotations.
    Yarn {
        /// How much longer the context became.
        factor: f32,
        /// The context length that was trained on.
        original_context: u32,
    },
}

/// All attributes of a rotary embedding. Rotates the first `rotary_dim` elements of each of `heads` heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RopeSpec {
    /// Heads in one row.
    pub heads: u32,
    /// Elements of one head.
    pub head_dim: u32,
    /// Elements of a head that are rotated; even, at most `head_dim`.
    pub rotary_dim: u32,
    /// The base of the geometric series of wavelengths.
    pub base: f32,
    /// Which elements pair up.
    pub style: RopeStyle,
    /// How frequencies are stretched.
    pub scaling: RopeScaling,
}

/// Angles per position, and what rotated vectors are multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub struct RopeAngles {
    /// `rotary_dim / 2` angles, in radians per position.
    pub inverse_frequencies: Vec<f32>,
    /// Applied to sine and cosine; 1 except under YaRN.
    pub magnitude: f32,
}

impl RopeSpec {
    /// The angles this rope turns by at position 1.
    ///
    /// `factors` is the vector that [`RopeScaling::Factors`] names, and is not read otherwise.
    pub fn angles(&self, factors: &[f32]) -> RopeAngles {
        let half = self.rotary_dim as usize / 2;
        let plain = |i: usize| self.base.powf(-2.0 * i as f32 / self.rotary_dim as f32);
        match &self.scaling {
            RopeScaling::None => {
                RopeAngles { inverse_frequencies: (0..half).map(plain).collect(), magnitude: 1.0 }
            }
            RopeScaling::Linear { factor } => RopeAngles {
                inverse_frequencies: (0..half).map(|i| plain(i) / factor).collect(),
                magnitude: 1.0,
            },
            RopeScaling::Factors { .. } => RopeAngles {
                inverse_frequencies: (0..half).map(|i| plain(i) / factors[i]).collect(),
                magnitude: 1.0,
            },
            RopeScaling::Yarn { factor, original_context } => {
                // The pair that turns `rotations` times within the original context.
                let pair = |rotations: f32| {
                    self.rotary_dim as f32 * (*original_context as f32 / (rotations * 2.0 * PI)).ln()
                        / (2.0 * self.base.ln())
                };
                let low = pair(32.0).floor().max(0.0);
                let high = pair(1.0).ceil().min(self.rotary_dim as f32 - 1.0);
                let inverse_frequencies = (0..half)
                    .map(|i| {
                        let ramp = ((i as f32 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
                        plain(i) * (1.0 - ramp) + plain(i) / factor * ramp
                    })
                    .collect();
                RopeAngles { inverse_frequencies, magnitude: 0.1 * factor.ln() + 1.0 }
            }
        }
    }

    /// The stored factors this rope reads, if any.
    pub fn weight(&self) -> Option<&WeightName> {
        match &self.scaling {
            RopeScaling::Factors { weight } => Some(weight),
            _ => None,
        }
    }
}
