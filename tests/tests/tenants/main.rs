//! Many customers in one deployment: what belongs to one directory does not exist for the credentials of another, and
//! what is taken from a credential is gone with the answer.

mod isolation;
mod under_load;
