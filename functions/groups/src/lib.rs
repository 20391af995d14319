//! SCIM endpoint: groups.
