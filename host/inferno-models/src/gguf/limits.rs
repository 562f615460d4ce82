//! How much of each thing a header may claim.
//!
//! These bound what a well-formed but absurd file can make us do. That a claim fits into the file is checked
//! besides, so a small file can never cause a large allocation.

/// The largest counts and lengths that [`Header::read`](super::Header::read) accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Metadata entries.
    pub metadata_entries: u64,
    /// Tensors.
    pub tensors: u64,
    /// Bytes of a metadata key.
    pub key_bytes: u64,
    /// Bytes of a tensor name.
    pub tensor_name_bytes: u64,
    /// Bytes of one string, such as a chat template.
    pub string_bytes: u64,
    /// Elements of one array, such as the vocabulary.
    pub array_elements: u64,
    /// Bytes from the start of the file to the start of the tensor data.
    pub header_bytes: u64,
    /// Bytes that tensor data may be aligned to.
    pub alignment: u64,
}

impl Default for Limits {
    /// Several times what the largest published models need.
    fn default() -> Self {
        Self {
            metadata_entries: 1 << 14,
            tensors: 1 << 16,
            key_bytes: 1 << 12,
            tensor_name_bytes: 256,
            string_bytes: 1 << 22,
            array_elements: 1 << 22,
            header_bytes: 1 << 28,
            alignment: 1 << 16,
        }
    }
}
