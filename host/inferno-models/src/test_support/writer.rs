//! Writes GGUF version 3, right or wrong.

use crate::gguf::{Array, Value};

/// The parts of a file in the order in which they are written.
#[derive(Debug, Clone)]
pub struct GgufWriter {
    /// Metadata entries; a key may repeat.
    pub metadata: Vec<(String, Value)>,
    /// Tensors.
    pub tensors: Vec<RawTensor>,
    /// What the data is aligned to. Not written to the metadata.
    pub alignment: u64,
}

/// A tensor as it is written.
#[derive(Debug, Clone)]
pub struct RawTensor {
    /// Its name.
    pub name: String,
    /// Its dimensions, fastest first.
    pub dims: Vec<u64>,
    /// GGML's number for its type.
    pub type_number: u32,
    /// Where it claims to start; absent: after the tensor before it.
    pub offset: Option<u64>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Default for GgufWriter {
    fn default() -> Self {
        Self { metadata: Vec::new(), tensors: Vec::new(), alignment: 32 }
    }
}

impl GgufWriter {
    /// Adds a metadata entry.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.metadata.push((key.to_owned(), value));
        self
    }

    /// Adds a tensor after the others.
    #[must_use]
    pub fn tensor(mut self, name: &str, dims: &[u64], type_number: u32, bytes: Vec<u8>) -> Self {
        let (name, dims) = (name.to_owned(), dims.to_vec());
        self.tensors.push(RawTensor { name, dims, type_number, offset: None, bytes });
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            string(&mut out, key);
            write_value(&mut out, value);
        }
        let mut data = Vec::new();
        for tensor in &self.tensors {
            let padded = data.len().next_multiple_of(self.alignment as usize);
            data.resize(padded, 0);
            string(&mut out, &tensor.name);
            out.extend((tensor.dims.len() as u32).to_le_bytes());
            out.extend(tensor.dims.iter().flat_map(|dim| dim.to_le_bytes()));
            out.extend(tensor.type_number.to_le_bytes());
            out.extend(tensor.offset.unwrap_or(padded as u64).to_le_bytes());
            data.extend(&tensor.bytes);
        }
        out.resize(out.len().next_multiple_of(self.alignment as usize), 0);
        out.extend(data);
        out
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    let mut tag = |number: u32| out.extend(number.to_le_bytes());
    match value {
        Value::Unsigned(n) => match u32::try_from(*n) {
            Ok(n) => {
                tag(4);
                out.extend(n.to_le_bytes());
            }
            Err(_) => {
                tag(10);
                out.extend(n.to_le_bytes());
            }
        },
        Value::Signed(n) => {
            tag(11);
            out.extend(n.to_le_bytes());
        }
        Value::Float(x) => {
            tag(6);
            out.extend((*x as f32).to_le_bytes());
        }
        Value::Bool(b) => {
            tag(7);
            out.push((*b).into());
        }
        Value::String(text) => {
            tag(8);
            string(out, text);
        }
        Value::Array(array) => {
            tag(9);
            write_array(out, array);
        }
    }
}

fn write_array(out: &mut Vec<u8>, array: &Array) {
    let number: u32 = match array {
        Array::Unsigned(_) => 10,
        Array::Signed(_) => 11,
        Array::Float(_) => 6,
        Array::Bool(_) => 7,
        Array::String(_) => 8,
    };
    out.extend(number.to_le_bytes());
    out.extend((array.len() as u64).to_le_bytes());
    match array {
        Array::Unsigned(a) => a.iter().for_each(|n| out.extend(n.to_le_bytes())),
        Array::Signed(a) => a.iter().for_each(|n| out.extend(n.to_le_bytes())),
        Array::Float(a) => a.iter().for_each(|x| out.extend(x.to_le_bytes())),
        Array::Bool(a) => a.iter().for_each(|b| out.push((*b).into())),
        Array::String(a) => a.iter().for_each(|text| string(out, text)),
    }
}
