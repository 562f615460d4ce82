//! The CPU backend against the reference interpreter, with every instruction set that this machine has.

use std::num::NonZeroUsize;

use inferno_backend::{Backend as _, conformance};
use inferno_backend_cpu::{CpuBackend, Isa};

#[test]
fn conforms_with_every_instruction_set() {
    for isa in Isa::available() {
        eprintln!("{isa:?}");
        conformance::check_backend(&CpuBackend::with_isa(isa, NonZeroUsize::new(2)));
    }
}

#[test]
fn conforms_on_one_thread_and_on_more_than_there_is_work_for() {
    for threads in [1, 7] {
        let backend = CpuBackend::new(NonZeroUsize::new(threads));
        assert_eq!(backend.target().parallelism, threads as u32);
        conformance::check_batches(&backend);
    }
}
