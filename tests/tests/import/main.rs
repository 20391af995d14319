//! Imports: pages by `startIndex`, while others create and delete.

mod given;
mod jumps;
mod large;
mod pages;
