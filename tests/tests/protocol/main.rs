//! What RFC 7643 and RFC 7644 demand and no other test holds, over HTTP. `docs/protocol.md` names each of these tests
//! beside its rule.

#[path = "../checklist/given.rs"]
#[expect(dead_code, reason = "the checklist uses the rest of it")]
mod given;

mod access;
mod discovery;
mod groups;
mod ids;
mod privacy;
mod references;
mod values;
mod versions;
mod walks;
