//! Memory for packed weights and for the cache: few large mappings, in huge pages where the system has them.
//!
//! Owns: mappings that do not move, and for weights their pieces, which are given back when the last piece of one is
//! gone. Refuses: freeing a piece by itself, and pieces that are not written once and then read. A thread that streams
//! weights through 4 KiB pages spends a tenth of its time on finding them, and one that reads the cache more.

use std::{
    ptr::NonNull,
    sync::{Arc, Mutex, PoisonError},
};

use inferno_backend::BackendError;

/// The size and alignment of a huge page on the systems that have them.
const HUGE: usize = 2 << 20;
/// What is mapped at once. What nobody touches takes no memory.
const SLAB: usize = 64 << 20;
/// Pieces begin at whole cache lines.
const LINE: usize = 64;

/// Where pieces come from.
#[derive(Default)]
pub(crate) struct Pages {
    /// The slab that pieces are cut from, and how much of it is gone.
    current: Mutex<Option<(Arc<Slab>, usize)>>,
}

/// A piece: zeros at first.
pub(crate) struct Piece {
    slab: Arc<Slab>,
    at: usize,
    len: usize,
}

impl Pages {
    /// A piece of `len` bytes.
    pub(crate) fn piece(&self, len: usize) -> Result<Piece, BackendError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = len.next_multiple_of(LINE);
        if let Some((slab, used)) = &mut *current
            && slab.len - *used >= wanted
        {
            let at = *used;
            *used += wanted;
            return Ok(Piece { slab: Arc::clone(slab), at, len });
        }
        let slab =
            Slab::room(wanted.max(SLAB)).ok_or(BackendError::OutOfMemory { what: "weights", bytes: len })?;
        let slab = Arc::new(slab);
        *current = Some((Arc::clone(&slab), wanted));
        Ok(Piece { slab, at: 0, len })
    }
}

impl Piece {
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the piece lies within the slab, which lives as long as it; only `bytes_mut` writes, and it has
        // the piece to itself.
        unsafe { std::slice::from_raw_parts(self.slab.start.as_ptr().add(self.at), self.len) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; no two pieces overlap, and this one is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.slab.start.as_ptr().add(self.at), self.len) }
    }
}

/// A mapping of zeros, whose last owner unmaps it.
pub(crate) struct Slab {
    start: NonNull<u8>,
    len: usize,
    mapping: Mapping,
}

impl Slab {
    /// Room for `bytes`, in whole huge pages; none where the system has no more.
    pub(crate) fn room(bytes: usize) -> Option<Self> {
        Self::new(bytes.max(1).checked_next_multiple_of(HUGE)?)
    }

    /// The first byte, at the beginning of a line.
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }
}

// SAFETY: memory that belongs to no thread; who writes to it is decided by `Piece`, or by who owns the slab.
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

#[cfg(unix)]
use unix::Mapping;

#[cfg(unix)]
mod unix {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

    use super::*;

    /// What was mapped: the slab and what its alignment costs.
    pub(super) struct Mapping {
        start: NonNull<u8>,
        len: usize,
    }

    impl Slab {
        /// `len` bytes of zeros, a whole number of huge pages.
        pub(super) fn new(len: usize) -> Option<Self> {
            let mapped = len.checked_add(HUGE)?;
            // SAFETY: a new private mapping at a place that the system chooses touches no memory of ours.
            let start = unsafe {
                mmap_anonymous(
                    std::ptr::null_mut(),
                    mapped,
                    ProtFlags::READ | ProtFlags::WRITE,
                    MapFlags::PRIVATE,
                )
            };
            let whole = NonNull::new(start.ok()?.cast::<u8>())?;
            let mapping = Mapping { start: whole, len: mapped };
            let skip = whole.as_ptr().align_offset(HUGE).min(HUGE);
            // SAFETY: the mapping is longer than the slab by a huge page.
            let start = unsafe { whole.add(skip) };
            #[cfg(target_os = "linux")]
            // SAFETY: advice on a mapping of ours; where it is refused, pages are small and nothing else changes.
            let _ = unsafe { madvise(start.as_ptr().cast(), len, Advice::LinuxHugepage) };
            Some(Self { start, len, mapping })
        }
    }

    impl Drop for Slab {
        fn drop(&mut self) {
            // SAFETY: the mapping is ours and whole, and nobody has a piece of it any more. Should the system
            // refuse, the memory stays mapped, which harms nobody.
            let _ = unsafe { munmap(self.mapping.start.as_ptr().cast(), self.mapping.len) };
        }
    }
}

#[cfg(not(unix))]
use portable::Mapping;

#[cfg(not(unix))]
mod portable {
    use std::alloc::{Layout, alloc_zeroed, dealloc};

    use super::*;

    /// How it was allocated.
    pub(super) type Mapping = Layout;

    impl Slab {
        /// `len` bytes of zeros.
        pub(super) fn new(len: usize) -> Option<Self> {
            let layout = Layout::from_size_align(len, LINE).ok()?;
            // SAFETY: a slab is never empty.
            let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
            Some(Self { start, len, mapping: layout })
        }
    }

    impl Drop for Slab {
        fn drop(&mut self) {
            // SAFETY: allocated by `new` with this layout, and nobody has a piece of it any more.
            unsafe { dealloc(self.start.as_ptr(), self.mapping) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_lines_of_their_own_and_keep_what_is_written() {
        let pages = Pages::default();
        let mut pieces: Vec<Piece> =
            [1, 64, 65, SLAB + 1, 100].map(|len| pages.piece(len).expect("memory")).into();
        for (i, piece) in pieces.iter_mut().enumerate() {
            assert!(piece.bytes().iter().all(|b| *b == 0));
            piece.bytes_mut().fill(i as u8 + 1);
        }
        drop(pages);
        for (i, piece) in pieces.iter().enumerate() {
            assert!(piece.bytes().as_ptr().addr().is_multiple_of(LINE));
            assert!(piece.bytes().iter().all(|b| *b == i as u8 + 1));
        }
    }
}
