//! Why a file is not a GGUF that we read, always naming the field that is wrong.

use std::io;

/// Why a GGUF file was refused.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// The operating system could not give us the bytes.
    #[error("cannot read `{field}`")]
    Io {
        /// What was being read.
        field: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is something else.
    #[error(
        "this is no GGUF file: it starts with {found:02x?} instead of \"GGUF\"; convert the model to GGUF first"
    )]
    Magic {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// Written for a big-endian machine.
    #[error("this GGUF file is big-endian; convert it to little-endian, which is all that is read here")]
    BigEndian,
    /// A version we do not read.
    #[error("this GGUF file has version {found}; versions 2 and 3 are read")]
    Version {
        /// Its version.
        found: u32,
    },
    /// The file ends too early.
    #[error("the file is truncated: `{field}` needs {needed} bytes and {left} are left; fetch it again")]
    Truncated {
        /// What was being read.
        field: String,
        /// How many bytes it takes at least.
        needed: u64,
        /// How many the file has left.
        left: u64,
    },
    /// A count or length beyond our limits.
    #[error("`{field}` is {found}, more than the {limit} that are allowed")]
    TooLarge {
        /// Which count or length.
        field: String,
        /// What the file says.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A string that is not UTF-8.
    #[error("`{field}` is not valid UTF-8")]
    Utf8 {
        /// Which string.
        field: String,
    },
    /// A value type that GGUF does not define.
    #[error("`{field}` has the unknown value type {found}")]
    ValueType {
        /// Which entry.
        field: String,
        /// The type's number.
        found: u32,
    },
    /// An array of arrays.
    #[error("`{field}` is an array of arrays, which is not read here")]
    NestedArray {
        /// Which entry.
        field: String,
    },
    /// A boolean that is neither 0 nor 1.
    #[error("`{field}` is a boolean of value {found}")]
    Bool {
        /// Which entry.
        field: String,
        /// Its byte.
        found: u8,
    },
    /// Two metadata entries of one key.
    #[error("the metadata has two entries `{key}`")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// Two tensors of one name.
    #[error("two tensors are named `{name}`")]
    DuplicateTensor {
        /// The name.
        name: String,
    },
    /// A metadata entry that the container itself depends on is wrong.
    #[error("the metadata does not describe the file")]
    Metadata(#[from] MetadataError),
    /// Not a power of two, or too large.
    #[error("`general.alignment` is {found}; it must be a power of two from 1 to {limit}")]
    Alignment {
        /// What the file says.
        found: u64,
        /// The largest alignment accepted.
        limit: u64,
    },
    /// No dimension, or more than four.
    #[error("tensor `{name}` has {found} dimensions; it must have 1 to 4")]
    Dimensions {
        /// Its name.
        name: String,
        /// How many.
        found: u32,
    },
    /// An empty tensor, or one whose size overflows.
    #[error("tensor `{name}` cannot have the shape {dims:?}")]
    Shape {
        /// Its name.
        name: String,
        /// Its dimensions, fastest first.
        dims: Vec<u64>,
    },
    /// Rows that are no whole number of blocks.
    #[error("tensor `{name}` has rows of {cols} values, which {dtype} cannot store")]
    Row {
        /// Its name.
        name: String,
        /// Values in a row.
        cols: u64,
        /// Its type.
        dtype: inferno_graph::DType,
    },
    /// A type that GGML has but we cannot decode.
    #[error("tensor `{name}` is stored as {found}; supported are {}", supported())]
    UnsupportedType {
        /// Its name.
        name: String,
        /// The name of its type.
        found: &'static str,
    },
    /// A type number that GGML does not define.
    #[error("tensor `{name}` has the unknown type {found}; supported are {}", supported())]
    UnknownType {
        /// Its name.
        name: String,
        /// The type's number.
        found: u32,
    },
    /// An offset that breaks the file's alignment.
    #[error("tensor `{name}` starts at {offset}, which is no multiple of the alignment {alignment}")]
    Misaligned {
        /// Its name.
        name: String,
        /// Its offset within the data.
        offset: u64,
        /// The file's alignment.
        alignment: u64,
    },
    /// Data beyond the end of the file.
    #[error("tensor `{name}` ends at byte {end} of a file of {file} bytes; fetch the file again")]
    OutsideFile {
        /// Its name.
        name: String,
        /// Where it would end; saturated at 2⁶⁴ − 1.
        end: u64,
        /// The length of the file.
        file: u64,
    },
    /// Two tensors that share bytes.
    #[error("tensors `{first}` and `{second}` overlap")]
    Overlap {
        /// The one that starts first.
        first: String,
        /// The one that starts inside it.
        second: String,
    },
    /// More tensor data than this machine can address.
    #[error("the tensors take {bytes} bytes, which this machine cannot hold")]
    Memory {
        /// Their size.
        bytes: u64,
    },
}

fn supported() -> String {
    inferno_graph::DType::ALL.map(inferno_graph::DType::name).join(", ")
}

/// Why a metadata entry cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// There is no such entry.
    #[error("the metadata has no `{key}`")]
    Missing {
        /// Its key.
        key: String,
    },
    /// It holds another type.
    #[error("`{key}` is {found}, but must be {expected}")]
    Type {
        /// Its key.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A number outside its range.
    #[error("`{key}` is {found}, but must be {expected}")]
    Range {
        /// Its key.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
}
