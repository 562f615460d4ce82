//! Takes all the memory that 32 bits can address, and touches each page.

use inferno_plugin::{Graph, OptimizationPass, PassError, Patch, Target};

struct MemoryHog;

inferno_plugin::optimization_pass!(MemoryHog);

impl OptimizationPass for MemoryHog {
    fn apply(_: &Graph, _: &Target) -> Result<Patch, PassError> {
        let mut hoard = Vec::new();
        for _ in 0..4096 {
            hoard.push(vec![1_u8; 1 << 20]);
        }
        let taken: usize = std::hint::black_box(&hoard).iter().map(Vec::len).sum();
        Err(PassError::Unsupported(format!("took {taken} bytes and nobody minded")))
    }
}
