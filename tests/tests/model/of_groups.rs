use std::collections::BTreeSet;

use end_to_end::Response;
use serde_json::{Value, json};

use crate::clients::{
    Actor, Known, MOST_GROUPS, Shared, answer, forget, is_older, know, numbers, version,
};
use crate::group::{Edit, Group, GroupOperation, ShownGroup};
use crate::history::Unsure;
use crate::user::Answer;

impl Actor {
    pub async fn create_group(&mut self) {
        let about = self
            .shared()
            .groups
            .iter()
            .filter(|group| !group.gone)
            .count();
        if about >= MOST_GROUPS {
            return self.delete_group().await;
        }
        let (name, token, members) = (self.group_name(), self.token(), self.some_members());
        let body = json!({"displayName": name, "externalId": token, "members": values(&members)});
        let begun = self.begin();
        let response = self.send("POST", "/Groups", None, Some(body)).await;
        let mut shared = self.shared();
        let members = numbers(&mut shared, &members);
        let created = Group {
            version: 1,
            name: name.clone(),
            external_id: Some(token.clone()),
            members,
        };
        match answer(&response, || ()) {
            Answer::Done(()) => {
                let event = self.event(&mut shared, &begun, true, GroupOperation::Create(created));
                shared.history.group(&response.id(), event);
                know(&mut shared.groups, response.id(), 1);
            }
            Answer::Taken => {
                let event = self.event(&mut shared, &begun, true, name);
                shared.history.refuse_group(event);
            }
            Answer::NoSuchMember => {}
            Answer::Unknown => {
                let unsure = Unsure {
                    client: self.number,
                    begin: begun.0,
                    created,
                };
                shared.history.unsure_groups.insert(token, unsure);
            }
            other => panic!("{other:?}: {response:?}"),
        }
    }

    pub async fn read_group(&mut self) {
        let Some(known) = self.some_group() else {
            return;
        };
        let with_members = self.chance.below(3) != 0;
        self.read(&known, with_members).await;
    }

    async fn read(&self, known: &Known, with_members: bool) -> Option<Response> {
        let query = if with_members {
            ""
        } else {
            "?excludedAttributes=members"
        };
        let path = format!("/Groups/{}{query}", known.id);
        let begun = self.begin();
        let response = self.send("GET", &path, None, None).await;
        let mut shared = self.shared();
        let seen = match answer(&response, || {
            group(&mut shared, &response.body, with_members)
        }) {
            Answer::Done(seen) => Some(seen),
            Answer::Missing => None,
            Answer::Unknown => return None,
            other => panic!("{other:?}: {response:?}"),
        };
        let is_there = seen.is_some();
        if let Some(seen) = &seen {
            know(&mut shared.groups, known.id.clone(), seen.version);
        }
        let event = self.event(&mut shared, &begun, true, GroupOperation::Read(seen));
        shared.history.group(&known.id, event);
        is_there.then_some(response)
    }

    pub async fn add_members(&mut self) {
        let members = self.some_members();
        let operation = json!({"op": "add", "path": "members", "value": values(&members)});
        self.change_group("PATCH", patch(&operation), |shared| {
            Edit::Add(numbers(shared, &members))
        })
        .await;
    }

    pub async fn remove_members(&mut self) {
        let members = self.some_members();
        let operation = json!({"op": "remove", "path": "members", "value": values(&members)});
        self.change_group("PATCH", patch(&operation), |shared| {
            Edit::Remove(numbers(shared, &members))
        })
        .await;
    }

    pub async fn rename_group(&mut self) {
        let name = self.group_name();
        let operation = json!({"op": "replace", "path": "displayName", "value": name});
        self.change_group("PATCH", patch(&operation), |_| Edit::Rename(name.clone()))
            .await;
    }

    pub async fn replace_group(&mut self) {
        let Some(known) = self.some_group() else {
            return;
        };
        let (mut name, mut members) = (self.group_name(), self.some_members());
        // What it is already, sometimes.
        if self.chance.below(3) == 0
            && let Some(response) = self.read(&known, true).await
        {
            (name, members) = (name_of(&response.body), members_of(&response.body));
        }
        let body = json!({"displayName": name, "members": values(&members)});
        let edit = |shared: &mut Shared| Edit::Replace(name.clone(), numbers(shared, &members));
        self.change(known, "PUT", body, edit).await;
    }

    async fn change_group(
        &mut self,
        method: &str,
        body: Value,
        edit: impl Fn(&mut Shared) -> Edit,
    ) {
        if let Some(known) = self.some_group() {
            self.change(known, method, body, edit).await;
        }
    }

    async fn change(
        &mut self,
        known: Known,
        method: &str,
        body: Value,
        edit: impl Fn(&mut Shared) -> Edit,
    ) {
        let if_match = self.if_match(&known);
        let begun = self.begin();
        let path = format!("/Groups/{}", known.id);
        let response = self.send(method, &path, if_match, Some(body)).await;
        let mut shared = self.shared();
        let shown = !response.body.is_null();
        let answer = answer(&response, || {
            shown.then(|| group(&mut shared, &response.body, true))
        });
        if let Answer::Done(Some(seen)) = &answer {
            know(&mut shared.groups, known.id.clone(), seen.version);
        }
        let is_definite = !matches!(answer, Answer::Unknown);
        let change = GroupOperation::Change {
            edit: edit(&mut shared),
            if_match,
            answer,
        };
        let event = self.event(&mut shared, &begun, is_definite, change);
        shared.history.group(&known.id, event);
    }

    pub async fn delete_group(&mut self) {
        let Some(known) = self.some_group() else {
            return;
        };
        let if_match = self.if_match(&known);
        let begun = self.begin();
        let response = self
            .send("DELETE", &format!("/Groups/{}", known.id), if_match, None)
            .await;
        let answer = answer(&response, || ());
        let mut shared = self.shared();
        let is_definite = !matches!(answer, Answer::Unknown);
        if matches!(answer, Answer::Done(())) {
            forget(&mut shared.groups, &known.id, MOST_GROUPS);
        }
        let event = self.event(
            &mut shared,
            &begun,
            is_definite,
            GroupOperation::Delete { if_match, answer },
        );
        shared.history.group(&known.id, event);
    }

    pub async fn list_groups(&mut self) {
        let begun = self.begin();
        let response = self.client.get("/Groups?startIndex=1&count=200").await;
        let Answer::Done(()) = answer(&response, || ()) else {
            return;
        };
        let mut shared = self.shared();
        let listed = response.body["Resources"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut there = BTreeSet::new();
        for resource in &listed {
            let id = resource["id"].as_str().unwrap();
            there.insert(id);
            let external_id = resource["externalId"].as_str().unwrap_or_default();
            shared
                .history
                .listed_groups
                .insert(external_id.to_owned(), id.to_owned());
            let seen = group(&mut shared, resource, true);
            know(&mut shared.groups, id.to_owned(), seen.version);
            let event = self.event(&mut shared, &begun, true, GroupOperation::Read(Some(seen)));
            shared.history.group(id, event);
        }
        for known in shared.groups.clone() {
            if !there.contains(known.id.as_str())
                && is_older(shared.history.groups.get(&known.id), begun.0)
            {
                let event = self.event(&mut shared, &begun, true, GroupOperation::Read(None));
                shared.history.group(&known.id, event);
            }
        }
    }
}

fn patch(operation: &Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
}

fn values(members: &[String]) -> Value {
    members.iter().map(|id| json!({"value": id})).collect()
}

fn group(shared: &mut Shared, resource: &Value, with_members: bool) -> ShownGroup {
    ShownGroup {
        version: version(resource),
        name: name_of(resource),
        external_id: resource["externalId"].as_str().map(str::to_owned),
        members: with_members.then(|| numbers(shared, &members_of(resource))),
    }
}

fn name_of(resource: &Value) -> String {
    resource["displayName"].as_str().unwrap().to_owned()
}

/// The members' ids.
fn members_of(resource: &Value) -> Vec<String> {
    let members = resource["members"].as_array().into_iter().flatten();
    members
        .map(|member| member["value"].as_str().unwrap().to_owned())
        .collect()
}
