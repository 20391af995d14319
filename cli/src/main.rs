//! The command line of Muster.
fn main() {}
