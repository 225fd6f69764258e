//! Bytes in, bytes out. A connector moves records and lines and knows no policy.

pub mod avro;
pub mod http;
pub mod kafka;
pub mod lines;
pub mod merge;
pub mod sse;
pub mod synthetic;
