//! Counts the memory of one call and stops it at the limit, remembering which limit it was.
//!
//! Easily confused with wasmtime's `StoreLimits`, which bounds each memory on its own, knows no peak, and names
//! the cause only in text.

use wasmtime::ResourceLimiter;

use crate::RunLimits;

/// Memory in use by one store.
#[derive(Debug)]
pub(crate) struct Meter {
    memory_limit: usize,
    table_limit: usize,
    memory: usize,
    peak: usize,
}

/// Why a growth ended the call. Travels through wasmtime as the cause of the trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Exceeded {
    #[error("more memory than allowed")]
    Memory,
    #[error("more table elements than allowed")]
    Table,
    #[error("the system has no memory left")]
    System,
}

impl Meter {
    pub(crate) fn new(limits: &RunLimits) -> Self {
        Self { memory_limit: limits.memory_bytes, table_limit: limits.table_elements, memory: 0, peak: 0 }
    }

    /// The most bytes that all memories had together.
    pub(crate) fn peak(&self) -> usize {
        self.peak
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        own: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        // A guest that sees its growth refused aborts with a message that names no cause; so name it here.
        if total > self.memory_limit {
            return Err(Exceeded::Memory.into());
        }
        // The module's own maximum is its own affair.
        if own.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.memory = total;
        self.peak = self.peak.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // Also called, without asking before, for a growth beyond what 32 bits address.
        let system = error.is::<std::io::Error>();
        Err(if system { Exceeded::System } else { Exceeded::Memory }.into())
    }

    fn table_growing(&mut self, _: usize, desired: usize, own: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table_limit {
            return Err(Exceeded::Table.into());
        }
        Ok(own.is_none_or(|maximum| desired <= maximum))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Exceeded::System.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_share_one_limit() {
        let mut meter = Meter::new(&RunLimits { memory_bytes: 100, ..RunLimits::default() });
        assert!(meter.memory_growing(0, 60, None).unwrap());
        let error = meter.memory_growing(0, 60, None).unwrap_err();
        assert_eq!(error.downcast_ref::<Exceeded>(), Some(&Exceeded::Memory));
        assert!(meter.memory_growing(60, 100, None).unwrap());
        assert_eq!(meter.peak(), 100);
    }

    #[test]
    fn the_maximum_of_a_module_is_no_fault() {
        let mut meter = Meter::new(&RunLimits { memory_bytes: 100, ..RunLimits::default() });
        assert!(!meter.memory_growing(0, 60, Some(50)).unwrap());
        assert_eq!(meter.peak(), 0);
    }
}
