//! The check of a directory (`muster directory check`): each kind of damage is found and repaired, and nothing else is
//! said of a directory, however busy it is.

mod by_hand;
mod clean;
mod given;
mod keys;
mod large;
mod meanwhile;
mod members;
mod resources;
mod totals;
mod under_load;
