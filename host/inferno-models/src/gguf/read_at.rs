//! Reading at a place, without a position that readers share.
//!
//! Owns the one difference between systems that weights depend on. Refuses to map: a file that somebody truncates
//! while it is mapped would kill the process.

use std::{fs::File, io};

/// Bytes that several threads can read at once, each where it wants.
pub trait ReadAt: Send + Sync {
    /// Reads some bytes from `offset` on into `buffer` and tells how many; 0 at the end.
    ///
    /// # Errors
    /// When the system cannot read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// When the system cannot read, or there are fewer.
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer = &mut buffer[read..];
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }
}

#[cfg(windows)]
impl ReadAt for File {
    /// Moves the file's position too, which nobody else relies on.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

#[cfg(not(any(unix, windows)))]
impl ReadAt for File {
    /// Seeks and reads under one lock, since there is one position only.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        use std::{
            io::{Read, Seek, SeekFrom},
            sync::{Mutex, PoisonError},
        };
        static POSITION: Mutex<()> = Mutex::new(());
        let _held = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}
