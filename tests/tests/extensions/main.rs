//! Schema extensions of a directory's own (RFC 7643 §3.3).

mod changed;
mod compared;
mod discovery;
mod given;
mod names;
mod refused;
mod shown;
mod written;
