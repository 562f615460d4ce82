//! The only place that runs components: stores, limits, grants and the code cache.
