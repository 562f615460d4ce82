//! The project's own commands: up, test, tidy, codegen, bench.

fn main() {}
