//! The type rule of every op.
//!
//! Owns the question "may this op read these values, and what does it produce?". What it *computes* is in
//! `interpret`; keep the two side by side when an op changes.

use std::collections::BTreeMap;

use crate::{Dim, Elem, Op, RopeSpec, ValueType, WeightDecl, WeightName};

type Weights = BTreeMap<WeightName, WeightDecl>;

/// The types of the values that `op` produces from `inputs`.
///
/// # Errors
/// The rule that does not hold.
pub fn infer(op: &Op, inputs: &[ValueType], weights: &Weights) -> Result<Vec<ValueType>, TypeError> {
    Ok(match op {
        Op::Embedding { table } => {
            let [tokens] = arity(inputs)?;
            expect(tokens, ValueType::indices(Dim::Tokens), "tokens")?;
            vec![ValueType::rows(Dim::Tokens, matrix(weights, table)?.cols)]
        }
        Op::MatMul { weights: names, biases } => {
            let [x] = arity(inputs)?;
            if names.is_empty() || !(biases.is_empty() || biases.len() == names.len()) {
                return Err(TypeError::BiasCount { weights: names.len(), biases: biases.len() });
            }
            let mut width = 0_u32;
            for (i, name) in names.iter().enumerate() {
                let rows = projection(weights, name, x)?;
                if let Some(bias) = biases.get(i) {
                    vector(weights, bias, rows)?;
                }
                width = width.checked_add(rows).ok_or(TypeError::TooWide)?;
            }
            vec![ValueType::rows(x.lead, width)]
        }
        Op::RmsNorm { weight, eps } => {
            let [x] = arity(inputs)?;
            activations(x)?;
            positive("eps", *eps)?;
            let group = any_vector(weights, weight)?;
            if !x.width.is_multiple_of(group) {
                return Err(TypeError::Group { width: x.width, group });
            }
            vec![x]
        }
        Op::Rope(spec) => {
            let [x, positions] = arity(inputs)?;
            expect(x, ValueType::rows(Dim::Tokens, product(spec.heads, spec.head_dim)?), "x")?;
            expect(positions, ValueType::indices(Dim::Tokens), "positions")?;
            rope(spec, weights)?;
            vec![x]
        }
        Op::Attention { heads, kv_heads, head_dim, scale, window, .. } => {
            let [q, k, v] = arity(inputs)?;
            positive("scale", *scale)?;
            if *kv_heads == 0 || *heads == 0 || !heads.is_multiple_of(*kv_heads) {
                return Err(TypeError::Heads { heads: *heads, kv_heads: *kv_heads });
            }
            if *window == Some(0) {
                return Err(TypeError::Attribute { attribute: "window", value: 0.0 });
            }
            let kv = ValueType::rows(Dim::Tokens, product(*kv_heads, *head_dim)?);
            expect(q, ValueType::rows(Dim::Tokens, product(*heads, *head_dim)?), "q")?;
            expect(k, kv, "k")?;
            expect(v, kv, "v")?;
            vec![q]
        }
        Op::Silu | Op::Identity => {
            let [x] = arity(inputs)?;
            activations(x)?;
            vec![x]
        }
        Op::Scale { factor } => {
            let [x] = arity(inputs)?;
            activations(x)?;
            if !factor.is_finite() {
                return Err(TypeError::Attribute { attribute: "factor", value: *factor });
            }
            vec![x]
        }
        Op::Mul | Op::Add => {
            let [a, b] = arity(inputs)?;
            activations(a)?;
            expect(b, a, "second operand")?;
            vec![a]
        }
        Op::Slice { start, len } => {
            let [x] = arity(inputs)?;
            activations(x)?;
            if *len == 0 || start.checked_add(*len).is_none_or(|end| end > x.width) {
                return Err(TypeError::Slice { start: *start, len: *len, width: x.width });
            }
            vec![ValueType::rows(x.lead, *len)]
        }
        Op::SelectRows => {
            let [x, rows] = arity(inputs)?;
            expect(x, ValueType::rows(Dim::Tokens, x.width), "x")?;
            expect(rows, ValueType::indices(Dim::Rows), "rows")?;
            vec![ValueType::rows(Dim::Rows, x.width)]
        }
        Op::GatedMatMul { gate, up } => {
            let [x] = arity(inputs)?;
            let (gate_rows, up_rows) = (projection(weights, gate, x)?, projection(weights, up, x)?);
            if gate_rows != up_rows {
                return Err(TypeError::GateRows { gate: gate_rows, up: up_rows });
            }
            vec![ValueType::rows(x.lead, gate_rows)]
        }
        Op::AddRmsNorm { weight, eps } => {
            let [a, b] = arity(inputs)?;
            activations(a)?;
            expect(b, a, "second operand")?;
            positive("eps", *eps)?;
            vector(weights, weight, a.width)?;
            vec![a, a]
        }
    })
}

fn arity<const N: usize>(inputs: &[ValueType]) -> Result<[ValueType; N], TypeError> {
    inputs.try_into().map_err(|_| TypeError::Arity { expected: N, found: inputs.len() })
}

fn expect(found: ValueType, expected: ValueType, what: &'static str) -> Result<(), TypeError> {
    if found == expected { Ok(()) } else { Err(TypeError::Input { what, expected, found }) }
}

fn activations(x: ValueType) -> Result<(), TypeError> {
    expect(x, ValueType { elem: Elem::F32, ..x }, "x")
}

fn find<'a>(weights: &'a Weights, name: &WeightName) -> Result<&'a WeightDecl, TypeError> {
    weights.get(name).ok_or_else(|| TypeError::NoWeight { name: name.clone() })
}

/// A table or matrix; a vector is a matrix of one row.
fn matrix<'a>(weights: &'a Weights, name: &WeightName) -> Result<&'a WeightDecl, TypeError> {
    find(weights, name)
}

/// The rows of a matrix that `x` can be multiplied by.
fn projection(weights: &Weights, name: &WeightName, x: ValueType) -> Result<u32, TypeError> {
    activations(x)?;
    let decl = matrix(weights, name)?;
    if decl.cols != x.width {
        return Err(TypeError::WeightShape { name: name.clone(), expected: x.width, found: decl.cols });
    }
    Ok(decl.rows)
}

fn any_vector(weights: &Weights, name: &WeightName) -> Result<u32, TypeError> {
    let decl = find(weights, name)?;
    if decl.rows != 1 {
        return Err(TypeError::WeightShape { name: name.clone(), expected: 1, found: decl.rows });
    }
    Ok(decl.cols)
}

fn vector(weights: &Weights, name: &WeightName, len: u32) -> Result<(), TypeError> {
    let found = any_vector(weights, name)?;
    if found == len {
        Ok(())
    } else {
        Err(TypeError::WeightShape { name: name.clone(), expected: len, found })
    }
}

fn rope(spec: &RopeSpec, weights: &Weights) -> Result<(), TypeError> {
    positive("base", spec.base)?;
    if spec.rotary_dim == 0 || !spec.rotary_dim.is_multiple_of(2) || spec.rotary_dim > spec.head_dim {
        return Err(TypeError::Rotary { rotary_dim: spec.rotary_dim, head_dim: spec.head_dim });
    }
    match &spec.scaling {
        crate::RopeScaling::None => Ok(()),
        crate::RopeScaling::Linear { factor } => positive("factor", *factor),
        crate::RopeScaling::Factors { weight } => vector(weights, weight, spec.rotary_dim / 2),
        crate::RopeScaling::Yarn { factor, original_context } => {
            positive("original_context", *original_context as f32)?;
            positive("factor", *factor)
        }
    }
}

fn positive(attribute: &'static str, value: f32) -> Result<(), TypeError> {
    if value.is_finite() && value > 0.0 { Ok(()) } else { Err(TypeError::Attribute { attribute, value }) }
}

fn product(a: u32, b: u32) -> Result<u32, TypeError> {
    a.checked_mul(b).filter(|p| *p > 0).ok_or(TypeError::TooWide)
}

/// Which type rule does not hold.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TypeError {
    /// Too few or too many inputs.
    #[error("it takes {expected} inputs, not {found}")]
    Arity {
        /// What the op documents.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// An input of the wrong type.
    #[error("{what} must be {expected}, not {found}")]
    Input {
        /// Which input.
        what: &'static str,
        /// The type it must have.
        expected: ValueType,
        /// The type it has.
        found: ValueType,
    },
    /// A weight that the model does not have.
    #[error("there is no weight `{name}`")]
    NoWeight {
        /// Its name.
        name: WeightName,
    },
    /// A weight of the wrong shape.
    #[error("weight `{name}` has {found} where {expected} is needed")]
    WeightShape {
        /// Its name.
        name: WeightName,
        /// The length that the inputs demand.
        expected: u32,
        /// The length it has.
        found: u32,
    },
    /// No matrix, or as many biases as neither none nor one per matrix.
    #[error("{weights} matrices cannot go with {biases} biases")]
    BiasCount {
        /// Matrices named.
        weights: usize,
        /// Biases named.
        biases: usize,
    },
    /// Gate and up projections of different height.
    #[error("gate has {gate} rows and up has {up}")]
    GateRows {
        /// Rows of the gate.
        gate: u32,
        /// Rows of the up projection.
        up: u32,
    },
    /// A norm whose group does not divide the row.
    #[error("rows of {width} cannot be normed in groups of {group}")]
    Group {
        /// Width of the row.
        width: u32,
        /// Length of the norm's weight.
        group: u32,
    },
    /// Query heads that KV heads do not divide.
    #[error("{heads} query heads cannot share {kv_heads} KV heads")]
    Heads {
        /// Query heads.
        heads: u32,
        /// KV heads.
        kv_heads: u32,
    },
    /// An odd, empty or too long rotated part.
    #[error("a head of {head_dim} cannot have {rotary_dim} rotated elements")]
    Rotary {
        /// Rotated elements.
        rotary_dim: u32,
        /// Elements of a head.
        head_dim: u32,
    },
    /// Columns that do not exist.
    #[error("columns {start} to {start} + {len} lie outside rows of {width}")]
    Slice {
        /// First column.
        start: u32,
        /// Number of columns.
        len: u32,
        /// Width of the row.
        width: u32,
    },
    /// An attribute outside its range.
    #[error("`{attribute}` cannot be {value}")]
    Attribute {
        /// Its name.
        attribute: &'static str,
        /// Its value.
        value: f32,
    },
    /// A width of zero or beyond 32 bits.
    #[error("a width is zero or does not fit 32 bits")]
    TooWide,
}
