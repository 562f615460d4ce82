//! Components that misbehave, each in its own way: see `examples/`. This library is empty.
