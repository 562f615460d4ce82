//! What tests of a plugin need: small graphs and frames to try it on, and its answers as text.
//!
//! Owns shapes, not truth: whether a patch leaves the model's answers as they were, and whether a view may be drawn, is
//! checked by the host. Not to be confused with `inferno-models`, which builds the graphs of real models, nor with the
//! recordings of `inferno plugin test`, which a server measured.

mod builder;
mod describe;
mod findings;
mod frames;
mod llama;
mod outline;

pub use builder::TestGraph;
pub use describe::describe;
pub use findings::findings;
pub use frames::{frame, histogram};
pub use llama::Llama;
pub use outline::outline;

use crate::{Target, widget::Viewport};

/// A machine of no particular kind.
pub fn target() -> Target {
    Target { backend: "cpu".into(), device: "a test".into(), features: Vec::new(), parallelism: 1 }
}

/// A space of usual size on a board.
pub fn viewport() -> Viewport {
    Viewport { width: 480, height: 320 }
}

/// The name of a variant, as the contract writes it where it is one word.
fn word(variant: &dyn std::fmt::Debug) -> String {
    let name = format!("{variant:?}");
    name.rsplit("::").next().unwrap_or_default().to_lowercase()
}
