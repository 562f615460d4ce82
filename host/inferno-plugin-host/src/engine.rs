//! The settings of wasmtime: everything that is not needed is off.
//!
//! Owns which WebAssembly features a guest may use and how instances are allocated. A feature that nobody here
//! lists is off, also one that a later wasmtime brings.

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails, WasmFeatures,
};

use crate::{HostConfig, Limits};

/// What compilers emit for `wasm32-unknown-unknown`, and fixed-width SIMD. Without: threads, 64-bit memories,
/// garbage collection, exceptions, tail calls, several memories, relaxed SIMD (its results differ between
/// machines), and everything that is still a proposal.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Components that can run at the same time. Address space is set aside for each, memory only when used.
const CONCURRENT: u32 = 16;
/// Core instances of one component: a Rust guest has three, one in JavaScript a good dozen.
const CORE_INSTANCES: u32 = 32;

/// An engine for guests of all kinds, under the largest of their limits; a store counts its own.
///
/// # Errors
/// When the system refuses the address space, or the limits contradict each other.
pub(crate) fn build(config: &HostConfig) -> wasmtime::Result<Engine> {
    let kinds = [&config.optimization_pass, &config.widget, &config.analyzer];
    let largest = |of: fn(&Limits) -> usize| kinds.into_iter().map(of).max().unwrap_or_default();
    let mut engine = Config::new();
    engine
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(FEATURES, true)
        .concurrency_support(false)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(largest(|limits| limits.run.stack_bytes))
        // The payload of a NaN is the one result of arithmetic that the specification leaves open.
        .cranelift_nan_canonicalization(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .native_unwind_info(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(
            largest(|limits| limits.run.memory_bytes),
            largest(|limits| limits.run.table_elements),
        )));
    Engine::new(&engine)
}

fn pool(memory_bytes: usize, table_elements: usize) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CONCURRENT)
        .total_core_instances(CONCURRENT * CORE_INSTANCES)
        .total_memories(CONCURRENT * 2)
        .total_tables(CONCURRENT * 8)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(2)
        .max_tables_per_component(8)
        .max_memory_size(memory_bytes)
        .table_elements(table_elements)
        // Nothing of a guest stays in a slot: what the next one sees there is zero.
        .linear_memory_keep_resident(0)
        .table_keep_resident(0);
    pool
}
