//! The whole header of a file: metadata, tensor descriptions, and where the data starts.

use std::{
    collections::BTreeSet,
    io::{BufReader, Read, Seek, SeekFrom},
};

use super::{GgufError, Limits, Metadata, TensorInfo, Value, cursor::Cursor};

/// A checked header: every tensor lies inside the file and none overlaps another.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    version: u32,
    metadata: Metadata,
    tensors: Vec<TensorInfo>,
    data_start: u64,
    data_len: u64,
    file_len: u64,
}

impl Header {
    /// Reads the header at the start of `source`, which is left at an arbitrary position.
    ///
    /// # Errors
    /// When anything in it is malformed, beyond `limits`, or not inside the file. Names the field.
    pub fn read(mut source: impl Read + Seek, limits: &Limits) -> Result<Self, GgufError> {
        let io = |source| GgufError::Io { field: "length of the file".to_owned(), source };
        let file_len = source.seek(SeekFrom::End(0)).map_err(io)?;
        source.seek(SeekFrom::Start(0)).map_err(io)?;
        // The header may not be longer than the limit, so nothing beyond it is looked at.
        let len = file_len.min(limits.header_bytes);
        let mut cursor = Cursor::new(BufReader::with_capacity(1 << 16, source), len);

        let version = version(&mut cursor)?;
        let tensor_count = cursor.count("tensor count", TensorInfo::MIN_BYTES, limits.tensors)?;
        // Key length, one byte of key, value type, one byte of value.
        let entry_count = cursor.count("metadata count", 8 + 1 + 4 + 1, limits.metadata_entries)?;
        let metadata = read_metadata(&mut cursor, entry_count, limits)?;

        cursor.expect("tensor descriptions", tensor_count, TensorInfo::MIN_BYTES)?;
        let mut tensors = Vec::with_capacity(tensor_count as usize);
        for index in 0..tensor_count {
            tensors.push(TensorInfo::read(&mut cursor, index, limits)?);
        }
        let alignment = alignment(&metadata, limits)?;
        let data_start = cursor.position().next_multiple_of(alignment);
        let data_len = check_places(&tensors, alignment, data_start, file_len)?;
        Ok(Self { version, metadata, tensors, data_start, data_len, file_len })
    }

    /// 2 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The metadata, when nothing else is needed any more.
    pub fn into_metadata(self) -> Metadata {
        self.metadata
    }

    /// The tensors in the order of the file's descriptions.
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// Where tensor data starts in the file; tensor offsets count from here.
    pub fn data_start(&self) -> u64 {
        self.data_start
    }

    /// How many bytes from there to the end of the last tensor.
    pub fn data_len(&self) -> u64 {
        self.data_len
    }

    /// The length of the whole file.
    pub fn file_len(&self) -> u64 {
        self.file_len
    }
}

fn version<R: Read>(cursor: &mut Cursor<R>) -> Result<u32, GgufError> {
    match &cursor.array("magic")? {
        b"GGUF" => {}
        b"FUGG" => return Err(GgufError::BigEndian),
        found => return Err(GgufError::Magic { found: *found }),
    }
    match cursor.u32("version")? {
        version @ 2..=3 => Ok(version),
        // Some writers keep the magic and swap everything after it.
        other if (1..=3).contains(&other.swap_bytes()) => Err(GgufError::BigEndian),
        found => Err(GgufError::Version { found }),
    }
}

fn read_metadata<R: Read>(
    cursor: &mut Cursor<R>,
    count: u64,
    limits: &Limits,
) -> Result<Metadata, GgufError> {
    let mut metadata = Metadata::default();
    for index in 0..count {
        let key = cursor.string(&format!("key of metadata entry {index}"), limits.key_bytes)?;
        let value = Value::read(cursor, &key, limits)?;
        if metadata.get(&key).is_some() {
            return Err(GgufError::DuplicateKey { key });
        }
        metadata.insert(key, value);
    }
    Ok(metadata)
}

fn alignment(metadata: &Metadata, limits: &Limits) -> Result<u64, GgufError> {
    let found = u64::from(metadata.u32_or_none("general.alignment")?.unwrap_or(32));
    if found.is_power_of_two() && found <= limits.alignment {
        Ok(found)
    } else {
        Err(GgufError::Alignment { found, limit: limits.alignment })
    }
}

/// Checks names and places of all tensors and returns the length of the data.
fn check_places(tensors: &[TensorInfo], alignment: u64, start: u64, file: u64) -> Result<u64, GgufError> {
    let mut names = BTreeSet::new();
    for tensor in tensors {
        let name = || tensor.name.clone();
        if !names.insert(&tensor.name) {
            return Err(GgufError::DuplicateTensor { name: name() });
        }
        if !tensor.offset.is_multiple_of(alignment) {
            return Err(GgufError::Misaligned { name: name(), offset: tensor.offset, alignment });
        }
        let end = start.saturating_add(tensor.offset).saturating_add(tensor.bytes);
        if end > file {
            return Err(GgufError::OutsideFile { name: name(), end, file });
        }
    }
    let mut by_offset: Vec<_> = tensors.iter().collect();
    by_offset.sort_by_key(|tensor| tensor.offset);
    for pair in by_offset.windows(2) {
        if pair[0].offset + pair[0].bytes > pair[1].offset {
            return Err(GgufError::Overlap { first: pair[0].name.clone(), second: pair[1].name.clone() });
        }
    }
    Ok(by_offset.last().map_or(0, |last| last.offset + last.bytes))
}
