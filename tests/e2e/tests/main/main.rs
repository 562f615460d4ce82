//! The end-to-end tests, in one binary: what the project promises, tried on the real thing.

mod clients;
mod hostile;
mod numerics;
mod serving;
