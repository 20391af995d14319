//! The SCIM 2.0 protocol (RFC 7643, RFC 7644, RFC 9865), pure: schemas, filters, paths, PATCH, projection, messages.
//!
//! Everything is driven by [`schema`]: attribute definitions are data, and they alone say how a name is compared,
//! what a value may be, who may change it and when it is returned. A resource is a JSON object read through its
//! [`ResourceType`], not a struct per type.
//!
//! Deliberately not here: AWS, storage, async, a clock, the identity of the caller, HTTP.

pub mod bulk;
pub mod cursor;
pub mod discovery;
mod error;
pub mod filter;
mod fold;
pub mod json;
pub mod list;
mod object;
pub mod patch;
mod path;
pub mod projection;
mod representation;
mod resource;
pub mod schema;
mod sort;
mod value;

pub use error::{Error, ErrorStatus, ScimType};
pub use filter::Filter;
pub use fold::fold;
pub use patch::Patch;
pub use path::{AttributePath, shown};
pub use projection::Projection;
pub use representation::{Representation, StoredResource, WrittenResource};
pub use resource::{Identity, Resource};
pub use schema::{Attribute, ResourceType, ResourceTypes, Schema};
pub use sort::{Order, Sort, SortKey};

/// A JSON object.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// How closely a directory holds its identity provider to the RFCs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Every shape that real identity providers send, whoever sends it.
    #[default]
    Tolerant,
    /// The RFCs to the letter.
    Strict,
}

/// The URN of Muster's extension of users, which the application alone sees.
pub const MUSTER_USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";
/// Likewise of groups.
pub const MUSTER_GROUP: &str = "urn:muster:params:scim:schemas:extension:2.0:Group";
