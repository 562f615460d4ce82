//! End-to-end tests: the real binary, the real model, real clients.
