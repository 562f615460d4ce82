//! CPU kernels and the plan that runs them on all cores.
