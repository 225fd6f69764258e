//! Seeded workloads of the benches: the decision workload DW1, and what its rules are measured against.
//!
//! [`traffic`] draws customers and events from a [`seed`], [`catalogue`] says what they are made of
//! ([`fields`]). [`ruleset`] draws rules ([`condition`]) and fits their thresholds to a sample, [`script`]
//! writes them as rule files. The same rules in memory are a hand-written match ([`native`]) over
//! [`plain`] facts. [`capture`] runs events through the engine once, so that all that follow match the
//! same facts; [`rivals`] are the ways to match them, [`workload`] puts a size of it together,
//! [`patterns`] says what patterns add to an event, [`snapshots`] takes one while events go on, [`storm`]
//! drains very many timers, [`whole`] runs the engine with the rules in it, [`kernel`] one shard of it
//! without threads. [`windows`] is the windows of many customers and nothing else, [`bytes`] counts what
//! each kind of them takes. [`live`] asks the service over HTTP, [`topics`] puts it between two topics.
//! [`clock`] reads the CPU time used.

pub mod bytes;
pub mod capture;
pub mod catalogue;
pub mod clock;
pub mod condition;
pub mod digest;
pub mod fields;
pub mod kernel;
pub mod live;
pub mod native;
pub mod patterns;
pub mod plain;
pub mod rivals;
pub mod ruleset;
pub mod script;
pub mod seed;
pub mod snapshots;
pub mod storm;
pub mod topics;
pub mod traffic;
pub mod whole;
pub mod windows;
pub mod workload;
