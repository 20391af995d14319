use std::time::Duration;

use directory::{
    CredentialKind, Directory, Environment, NewCredential, Precondition, ResourceKind, UserId,
};
use serde_json::{Value, json};

use super::Report;
use crate::error::CliError;
use crate::http::{Answer, Client};
use crate::resources::{Seen, equals};
use crate::store::Access;

/// Longer than the round, shorter than anybody could use it for.
const CREDENTIAL_LIFETIME: Duration = Duration::from_mins(10);

/// Whether an identity provider can create, read, find, deactivate and delete a user, by doing it. Nothing stays of it but
/// its entries in the audit trail.
pub(super) async fn check(
    directory: &Directory,
    base_url: &str,
    access: &Access,
    report: &mut Report,
) {
    let administration = access.administration();
    if directory.is_full() {
        report.not_tried(
            "round",
            "it needs a credential, and the directory has all that it can have: revoke one",
        );
        return;
    }
    let needs_more = match access.application(directory).await {
        Ok(principal) => {
            let mut extensions = principal.user().extensions.iter();
            extensions.any(|extension| extension.required)
        }
        Err(error) => {
            report.failed("round", error.to_string());
            return;
        }
    };
    if needs_more {
        report.not_tried(
            "round",
            "a user of this directory needs a schema extension that only its owner can fill in",
        );
        return;
    }
    let new = NewCredential {
        label: Some("muster doctor".to_owned()),
        lifetime: Some(CREDENTIAL_LIFETIME),
        ..NewCredential::of(CredentialKind::Provisioner)
    };
    let issued = match administration.issue_credential(directory.id, new).await {
        Ok(issued) => issued,
        Err(error) => {
            let reason = CliError::from(error);
            report.failed(
                "round",
                format!("no credential can be issued for it: {reason}"),
            );
            return;
        }
    };
    let user_name = user_name(access.store.environment());
    let mut id = None;
    let scim = Client::new(base_url, issued.token);
    let finding = play(&scim, &user_name, &mut id).await;
    let swept = sweep(directory, id, &user_name, access).await;
    let revoked = administration
        .revoke_credential(directory.id, &issued.id)
        .await;
    match finding {
        Ok(()) => report.ok(
            "round",
            format!("create, read, find, deactivate, delete, gone: {base_url}"),
        ),
        Err(reason) => report.failed("round", format!("{base_url}: {reason}")),
    }
    if let Err(error) = swept.and(revoked.map_err(CliError::from)) {
        report.failed(
            "sweep",
            format!("the credential `muster doctor`, or its user {user_name}, is left: {error}"),
        );
    }
}

/// Nobody's, nor of a domain that can be anybody's (RFC 2606 §2).
fn user_name(environment: &dyn Environment) -> String {
    let mut random = [0; 8];
    environment.fill(&mut random);
    format!(
        "muster-doctor-{:016x}@example.invalid",
        u64::from_be_bytes(random)
    )
}

/// `known` is the user's id as soon as there is one.
async fn play(scim: &Client, user_name: &str, known: &mut Option<String>) -> Result<(), String> {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": {"givenName": "Muster", "familyName": "Doctor"},
        "emails": [{"value": user_name, "type": "work", "primary": true}],
        "active": true,
    });
    let created = scim.send("POST", "/Users", Some(user.to_string())).await;
    let created = expect("create", created, 201)?;
    let id = created["id"]
        .as_str()
        .ok_or("create: the answer has no id")?;
    *known = Some(id.to_owned());
    let path = format!("/Users/{id}");
    let read = expect("read", scim.send("GET", &path, None).await, 200)?;
    agree("read", read["userName"] == user_name)?;
    agree("find", find(scim, user_name).await? == [id])?;
    let deactivate = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": false}}],
    });
    let changed = scim
        .send("PATCH", &path, Some(deactivate.to_string()))
        .await;
    agree(
        "deactivate",
        expect("deactivate", changed, 200)?["active"] == false,
    )?;
    expect("delete", scim.send("DELETE", &path, None).await, 204)?;
    expect("gone", scim.send("GET", &path, None).await, 404)?;
    agree("gone", find(scim, user_name).await?.is_empty())
}

/// The ids of the users of this name.
async fn find(scim: &Client, user_name: &str) -> Result<Vec<String>, String> {
    let path = format!("/Users?filter=userName%20eq%20%22{user_name}%22&attributes=id");
    let found = expect("find", scim.send("GET", &path, None).await, 200)?;
    let resources = found["Resources"].as_array().into_iter().flatten();
    let ids = resources.filter_map(|user| user["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

fn expect(step: &str, answer: Result<Answer, String>, expected: u16) -> Result<Value, String> {
    match answer {
        Ok(answer) if answer.status == expected => Ok(answer.read()),
        Ok(answer) => {
            let body: Value = answer.read();
            let detail = body["detail"].as_str().unwrap_or("without a detail");
            let status = answer.status;
            Err(format!(
                "{step}: it answered {status} instead of {expected}: {detail}"
            ))
        }
        Err(reason) => Err(format!("{step}: it cannot be reached: {reason}")),
    }
}

fn agree(step: &str, as_expected: bool) -> Result<(), String> {
    if as_expected {
        return Ok(());
    }
    Err(format!(
        "{step}: the answer is not about the user: is this Muster's base URL?"
    ))
}

/// Deletes the user if anything is left of him: after a failure, or where the directory keeps deleted users.
async fn sweep(
    directory: &Directory,
    id: Option<String>,
    user_name: &str,
    access: &Access,
) -> Result<(), CliError> {
    let seen = Seen::of(access, directory.clone()).await?;
    let id = if id.is_some() {
        id
    } else {
        // The answer to his creation may have been lost.
        let filter = equals("userName", user_name);
        let user = seen.one(access, ResourceKind::User, &filter).await?;
        user.and_then(|user| Some(user.get("id")?.as_str()?.to_owned()))
    };
    let Some(id) = id.as_deref().and_then(UserId::parse) else {
        return Ok(());
    };
    if let Some(record) = access.store.user(directory.id, id, true).await? {
        let scope = access.scope(&seen.principal);
        scope.delete_user(record, &Precondition::None).await?;
    }
    Ok(())
}
