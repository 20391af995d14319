//! The audit trail: an entry for each change and each refusal, by name and never by value.

mod changes;
mod given;
mod pages;
mod refused;
mod stream;
