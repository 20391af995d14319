//! The application's side: what its credentials alone see and change of users and groups.

mod given;
mod hidden;
mod origin;
mod protection;
mod rights;
mod role_ends;
mod roles;
mod seen;
mod versions;
