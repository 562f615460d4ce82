//! From the source of a plugin to a component: project templates, the compiler for WebAssembly, the encoder.
//!
//! Owns: how guests are compiled, reproducibly. Refuses: signing and publishing, which are the marketplace's.
