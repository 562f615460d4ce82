//! The limits of this machine as this backend could reach them: bytes read and byte products done per second.
//!
//! For benchmarks to stand beside (Williams et al. 2009), measured on the backend's own threads and instructions.
//! Refuses figures from a data sheet; easily confused with the speed of a kernel, which is below its roof.

use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use crate::{CpuBackend, isa::Isa, kernels};

/// Far more than any cache holds.
const BUFFER_BYTES: usize = 256 << 20;
/// Rounds of the arithmetic loop, some tens of milliseconds.
const ROUNDS: usize = 4_000_000;

/// Bytes per second that all threads together read from memory, in order.
pub fn memory_read(backend: &CpuBackend) -> f64 {
    // Filled by a value other than zero: untouched pages of zeros are one page in the cache.
    let buffer = vec![1_u64; BUFFER_BYTES / 8];
    let (isa, sum) = (backend.isa, AtomicU64::new(0));
    let start = Instant::now();
    let done = backend.pool.run(&|member| {
        let share = buffer.len() / member.count();
        let part = &buffer[member.index * share..(member.index + 1) * share];
        sum.fetch_add(total(isa, part), Ordering::Relaxed);
    });
    let seconds = start.elapsed().as_secs_f64();
    assert!(done.is_ok() && sum.into_inner() > 0, "every value is one");
    BUFFER_BYTES as f64 / seconds
}

/// Multiplications and additions of bytes per second that all threads together do on registers; `None` where the
/// backend has no instruction for them.
pub fn int8_peak(backend: &CpuBackend) -> Option<f64> {
    let operations = AtomicU64::new(0);
    let start = Instant::now();
    let done = backend.pool.run(&|_| {
        if let Some(count) = kernels::peak::int8(backend.isa, black_box(ROUNDS)) {
            operations.fetch_add(count, Ordering::Relaxed);
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let operations = operations.into_inner();
    (done.is_ok() && operations > 0).then(|| operations as f64 / seconds)
}

fn total(isa: Isa, part: &[u64]) -> u64 {
    #[inline(always)]
    fn body(part: &[u64]) -> u64 {
        part.iter().fold(0, |sum, x| sum.wrapping_add(*x))
    }
    kernels::vectorized!(isa, fn total(part: &[u64]) -> u64, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_positive_where_they_are_known() {
        let backend = CpuBackend::new(None);
        assert!(memory_read(&backend) > 0.0);
        assert!(int8_peak(&backend).is_none_or(|peak| peak > 0.0));
    }
}
