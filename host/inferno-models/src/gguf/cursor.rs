//! Reads little-endian fields from a file whose length is known.
//!
//! Every method takes the name of the field and checks that its bytes exist before it reserves memory.

use std::io::Read;

use super::GgufError;

/// A position in a file of `len` bytes.
pub(super) struct Cursor<R> {
    reader: R,
    position: u64,
    len: u64,
}

impl<R: Read> Cursor<R> {
    /// Reads `reader` from its start; it has `len` bytes as far as anyone may assume.
    pub(super) fn new(reader: R, len: u64) -> Self {
        Self { reader, position: 0, len }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    fn left(&self) -> u64 {
        self.len - self.position
    }

    /// Fails unless `count` things of at least `size` bytes each are left.
    pub(super) fn expect(&self, field: &str, count: u64, size: u64) -> Result<(), GgufError> {
        let needed = count.saturating_mul(size);
        if needed > self.left() {
            return Err(GgufError::Truncated { field: field.to_owned(), needed, left: self.left() });
        }
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N], GgufError> {
        self.expect(field, N as u64, 1)?;
        let mut bytes = [0; N];
        self.fill(field, &mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self, field: &str) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.array(field)?))
    }

    pub(super) fn u64(&mut self, field: &str) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.array(field)?))
    }

    /// A count of things that take at least `size` bytes each.
    pub(super) fn count(&mut self, field: &str, size: u64, limit: u64) -> Result<u64, GgufError> {
        let found = self.u64(field)?;
        if found > limit {
            return Err(GgufError::TooLarge { field: field.to_owned(), found, limit });
        }
        self.expect(field, found, size)?;
        Ok(found)
    }

    /// A string: its length in bytes, then its bytes.
    pub(super) fn string(&mut self, field: &str, limit: u64) -> Result<String, GgufError> {
        let len = self.count(field, 1, limit)?;
        let mut bytes = vec![0; len as usize];
        self.fill(field, &mut bytes)?;
        String::from_utf8(bytes).map_err(|_| GgufError::Utf8 { field: field.to_owned() })
    }

    fn fill(&mut self, field: &str, bytes: &mut [u8]) -> Result<(), GgufError> {
        self.reader.read_exact(bytes).map_err(|source| GgufError::Io { field: field.to_owned(), source })?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}
