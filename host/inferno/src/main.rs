//! The inferno binary: composition root, configuration and command line.

fn main() {}
