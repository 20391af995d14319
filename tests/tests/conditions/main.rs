//! Between what a request reads and what it writes the table may change. The request is held back at its write, and the table made
//! different from what it expects: the conditions of its write notice.

mod administrators;
mod follows;
mod given;
mod gone;
mod meanwhile;
mod names;
mod standing;
mod there;
