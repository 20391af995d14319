//! Changes of memberships that are too large for one transaction with the users' own items: the groups tell them at once,
//! the users when the function `changes` has followed.

mod changes;
mod deletion;
mod given;
mod leaving;
mod life;
mod limits;
mod lost;
mod protection;
mod roles;
mod spread;
