//! The computation graph of a model: what is computed, never how or where.
//!
//! Owns: the SSA graph and its closed set of ops, the type rules, patches, the reference interpreter that says
//! what every op means, the validation of a patch against it, and the contract of an optimization pass.
//! Refuses: IO, async, threads that outlive a call, `unsafe`, any notion of a device. Easily confused with `inferno-backend`, whose
//! plans say how a graph runs on a machine.

pub mod apply;
pub mod cost;
pub mod dtype;
pub mod graph;
pub mod interpret;
pub mod op;
pub mod optimize;
pub mod pass;
pub mod patch;
pub mod quant;
pub mod rope;
pub mod rules;
pub mod target;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
pub mod validate;
pub mod value;
pub mod weights;

pub use apply::{PatchError, replay};
pub use dtype::DType;
pub use graph::{Graph, GraphBuilder, GraphError, InputKind, Node, NodeId};
pub use op::Op;
pub use pass::{GraphPass, PassError, PassIdentity};
pub use patch::{NewNode, Patch, ValueRef};
pub use rope::{RopeScaling, RopeSpec, RopeStyle};
pub use target::Target;
pub use value::{Dim, Elem, ValueId, ValueType};
pub use weights::{Weight, WeightDecl, WeightError, WeightName, WeightRef, WeightSource};
