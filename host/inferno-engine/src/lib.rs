//! The scheduler, KV blocks and sampling: synchronous and steppable.
