//! Pages by cursor (RFC 9865).

mod given;
mod invalid;
mod large;
mod pages;
mod pauses;
mod walks;
