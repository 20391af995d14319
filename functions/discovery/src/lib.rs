//! SCIM endpoint: discovery.
