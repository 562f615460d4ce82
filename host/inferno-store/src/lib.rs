//! The embedded database of a server: the history of metrics, the board, which plugins are switched off.
//!
//! Owns: the SQLite file, its migrations and every statement against it. Refuses: what the values mean, and packages,
//! which are `inferno-registry`'s.
