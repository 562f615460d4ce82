//! The local model library: sources, downloads and the content-addressed store.
