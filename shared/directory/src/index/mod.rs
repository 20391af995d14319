//! The users' groups items as an index of the groups' chunks: what follows from a change that was too large to change both
//! in one transaction.
//!
//! Such a change stamps the chunks it changes, puts a to-do item and adds itself to the head's `indexing`, all in its own
//! transaction. From then on the stream's records lead here, and each step is made on condition that the chunk still is as
//! it was read: steps that come twice, late or in any order end the same. What the stream lost is found by the sweep.

mod follow;
mod leaving;
mod sweep;
mod to_do;
mod truth;

pub use sweep::Swept;
pub(crate) use to_do::{ToDo, Unindexed};
