//! Pulls, pushes and searches packages in an OCI registry, and keeps the lock file.
//!
//! Owns: the client's side of the wire, limits on what a registry may send, and `inferno.lock`. Refuses: trust, which is
//! `inferno-trust`'s, and where components are installed, which is the host's.
