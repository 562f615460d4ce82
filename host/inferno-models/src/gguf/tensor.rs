//! One tensor as the header describes it: name, shape, type, place.
//!
//! Owns GGML's numbers for tensor types. GGUF lists the fastest dimension first, so a matrix is `[cols, rows]`.

use std::io::Read;

use inferno_graph::DType;

use super::{GgufError, Limits, cursor::Cursor};

/// A tensor whose shape, type and size are consistent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, unique within the file.
    pub name: String,
    /// 1 to 4 dimensions, none of them 0, fastest first.
    pub dims: Vec<u64>,
    /// How it is stored.
    pub dtype: DType,
    /// Where its bytes start, from the start of the tensor data.
    pub offset: u64,
    /// How many bytes it takes.
    pub bytes: u64,
}

impl TensorInfo {
    /// How many values it has.
    pub fn values(&self) -> u64 {
        self.dims.iter().product()
    }

    /// The smallest description in a file: name length, one byte of name, dimension count, one dimension,
    /// type, offset.
    pub(super) const MIN_BYTES: u64 = 8 + 1 + 4 + 8 + 4 + 8;

    pub(super) fn read<R: Read>(
        cursor: &mut Cursor<R>,
        index: u64,
        limits: &Limits,
    ) -> Result<Self, GgufError> {
        let name = cursor.string(&format!("name of tensor {index}"), limits.tensor_name_bytes)?;
        let found = cursor.u32(&format!("dimension count of tensor `{name}`"))?;
        if !(1..=4).contains(&found) {
            return Err(GgufError::Dimensions { name, found });
        }
        let mut dims = Vec::with_capacity(found as usize);
        for _ in 0..found {
            dims.push(cursor.u64(&format!("dimensions of tensor `{name}`"))?);
        }
        let number = cursor.u32(&format!("type of tensor `{name}`"))?;
        let offset = cursor.u64(&format!("offset of tensor `{name}`"))?;
        let Some(dtype) = dtype(number) else {
            return Err(match tensor_type_name(number) {
                Some(found) => GgufError::UnsupportedType { name, found },
                None => GgufError::UnknownType { name, found: number },
            });
        };
        let bytes = size(&name, &dims, dtype)?;
        Ok(Self { name, dims, dtype, offset, bytes })
    }
}

fn size(name: &str, dims: &[u64], dtype: DType) -> Result<u64, GgufError> {
    let shape = || GgufError::Shape { name: name.to_owned(), dims: dims.to_vec() };
    let values = dims.iter().try_fold(1_u64, |product, dim| product.checked_mul(*dim)).ok_or_else(shape)?;
    if values == 0 {
        return Err(shape());
    }
    let cols = dims[0];
    let row = usize::try_from(cols)
        .ok()
        .and_then(|cols| dtype.row_bytes(cols))
        .ok_or_else(|| GgufError::Row { name: name.to_owned(), cols, dtype })?;
    (values / cols).checked_mul(row as u64).ok_or_else(shape)
}

/// The type that GGML numbers `number`, if the graph can decode it.
const fn dtype(number: u32) -> Option<DType> {
    Some(match number {
        0 => DType::F32,
        1 => DType::F16,
        2 => DType::Q4_0,
        3 => DType::Q4_1,
        6 => DType::Q5_0,
        7 => DType::Q5_1,
        8 => DType::Q8_0,
        12 => DType::Q4K,
        13 => DType::Q5K,
        14 => DType::Q6K,
        30 => DType::Bf16,
        _ => return None,
    })
}

/// GGML's name of the type with this number, supported or not.
pub const fn tensor_type_name(number: u32) -> Option<&'static str> {
    if let Some(dtype) = dtype(number) {
        return Some(dtype.name());
    }
    Some(match number {
        9 => "Q8_1",
        10 => "Q2_K",
        11 => "Q3_K",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => return None,
    })
}
