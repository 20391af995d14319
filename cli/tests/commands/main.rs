//! The commands of `muster`, as people and scripts call them: the binary itself, on a data file of its own or beside a
//! running `muster dev`.
#![cfg(unix)]

mod audit;
mod bench;
mod check;
mod credentials;
mod deletion;
mod directories;
mod doctor;
mod given;
mod people;
#[path = "../running/mod.rs"]
mod running;
mod setup;
mod tenants;
mod where_it_is;
