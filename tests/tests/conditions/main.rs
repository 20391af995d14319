//! Between what a request reads and what it writes the table may change. The request is held back at its write, the table made
//! different from what it expects, and what comes of it is what should. That such a write does nothing is in the fault matrix, for
//! every condition; here is what the request makes of it.

mod administrators;
mod follows;
mod given;
mod meanwhile;
mod standing;
