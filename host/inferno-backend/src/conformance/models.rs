//! Whole models: every weight type and every variant of the Llama family, in sizes that fit no tile.

use inferno_graph::{DType, RopeScaling, RopeStyle, test_support::TinyLlama};

use super::harness::Subject;
use crate::Backend;

/// Checks models of every weight type and variant, prefilled whole, in chunks, and token by token.
///
/// # Panics
/// With what is wrong.
pub fn check_models(backend: &dyn Backend) {
    for dtype in DType::ALL {
        check(backend, &format!("{dtype}"), TinyLlama::of(dtype));
        // Odd numbers of blocks, of heads, of words.
        let wide = dtype.block_len() == 256;
        let (width, feed_forward, head_dim) = if wide { (768, 256, 256) } else { (96, 160, 32) };
        let odd = TinyLlama {
            width,
            feed_forward,
            head_dim,
            heads: 3,
            kv_heads: 1,
            vocabulary: 37,
            tied: true,
            ..TinyLlama::of(dtype)
        };
        check(backend, &format!("{dtype}, odd sizes"), odd);
    }
    let variants = [
        ("no grouping", TinyLlama { kv_heads: 4, ..TinyLlama::default() }),
        ("groups of five", TinyLlama { heads: 5, kv_heads: 1, head_dim: 8, ..TinyLlama::default() }),
        ("biases", TinyLlama { biases: true, ..TinyLlama::default() }),
        ("norms of q and k", TinyLlama { qk_norm: true, ..TinyLlama::default() }),
        ("a window", TinyLlama { window: Some(6), ..TinyLlama::default() }),
        ("a window of one", TinyLlama { window: Some(1), ..TinyLlama::default() }),
        ("rope by halves", TinyLlama { rope_style: RopeStyle::Halves, ..TinyLlama::default() }),
        ("linear rope", scaled(RopeScaling::Linear { factor: 4.0 })),
        ("rope factors", scaled(RopeScaling::Factors { weight: "rope_freqs.weight".into() })),
        ("yarn", scaled(RopeScaling::Yarn { factor: 4.0, original_context: 32 })),
    ];
    for (name, model) in variants {
        check(backend, name, model);
    }
}

fn scaled(rope_scaling: RopeScaling) -> TinyLlama {
    TinyLlama { rope_scaling, ..TinyLlama::default() }
}

fn check(backend: &dyn Backend, name: &str, model: TinyLlama) {
    Subject::new(name, model.build()).check(backend, model.dtype);
}
