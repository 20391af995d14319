//! SCIM endpoint: users.
