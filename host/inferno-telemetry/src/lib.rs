//! Metrics with their units and provenance, in the Prometheus text format.
