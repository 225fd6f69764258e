//! Seeded workloads of the benches.
