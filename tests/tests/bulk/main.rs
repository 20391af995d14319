//! Bulk operations (RFC 7644 §3.7): many requests in one.

mod errors;
mod given;
mod limits;
mod operations;
mod order;
mod references;
mod rfc;
