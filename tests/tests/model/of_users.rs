use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::clients::{Actor, MOST_USERS, answer, forget, is_older, know, version};
use crate::history::Unsure;
use crate::user::{Answer, User, UserOperation};

impl Actor {
    pub async fn create_user(&mut self) {
        let about = self.shared().users.iter().filter(|user| !user.gone).count();
        if about >= MOST_USERS {
            return self.delete_user().await;
        }
        let (name, token) = (self.user_name(), self.token());
        let body = json!({"userName": name, "title": token, "externalId": token});
        let begun = self.begin();
        let response = self.send("POST", "/Users", None, Some(body)).await;
        let created = User {
            version: 1,
            name: name.clone(),
            title: token.clone(),
        };
        let mut shared = self.shared();
        match answer(&response, || user(&response.body)) {
            Answer::Done(seen) => {
                let id = response.id();
                assert_eq!(seen, created, "{response:?}");
                let event = self.event(&mut shared, &begun, true, UserOperation::Create(created));
                shared.history.user(&id, event);
                know(&mut shared.users, id, 1);
            }
            Answer::Taken => {
                let event = self.event(&mut shared, &begun, true, name);
                shared.history.refuse_user(event);
            }
            Answer::Unknown => {
                let unsure = Unsure {
                    client: self.number,
                    begin: begun.0,
                    created,
                };
                shared.history.unsure_users.insert(token, unsure);
            }
            other => panic!("{other:?}: {response:?}"),
        }
    }

    pub async fn read_user(&mut self) {
        let Some(known) = self.some_user() else {
            return;
        };
        let begun = self.begin();
        let response = self
            .send("GET", &format!("/Users/{}", known.id), None, None)
            .await;
        let seen = match answer(&response, || user(&response.body)) {
            Answer::Done(seen) => Some(seen),
            Answer::Missing => None,
            Answer::Unknown => return,
            other => panic!("{other:?}: {response:?}"),
        };
        let mut shared = self.shared();
        let event = self.event(&mut shared, &begun, true, UserOperation::Read(seen.clone()));
        if let Some(seen) = seen {
            know(&mut shared.users, known.id.clone(), seen.version);
        }
        shared.history.user(&known.id, event);
    }

    pub async fn change_user(&mut self, renames: bool) {
        let Some(known) = self.some_user() else {
            return;
        };
        let (title, if_match) = (self.token(), self.if_match(&known));
        let name = renames.then(|| self.user_name());
        let path = format!("/Users/{}", known.id);
        let mut set = json!({"title": title});
        if let Some(name) = &name {
            set["userName"] = json!(name);
        }
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": set}]
        });
        let begun = self.begin();
        let response = self.send("PATCH", &path, if_match, Some(body)).await;
        let answer = answer(&response, || user(&response.body));
        let mut shared = self.shared();
        if let Answer::Done(seen) = &answer {
            know(&mut shared.users, known.id.clone(), seen.version);
        }
        let is_definite = !matches!(answer, Answer::Unknown);
        let change = UserOperation::Change {
            name,
            title,
            if_match,
            answer,
        };
        let event = self.event(&mut shared, &begun, is_definite, change);
        shared.history.user(&known.id, event);
    }

    pub async fn delete_user(&mut self) {
        let Some(known) = self.some_user() else {
            return;
        };
        let if_match = self.if_match(&known);
        let begun = self.begin();
        let response = self
            .send("DELETE", &format!("/Users/{}", known.id), if_match, None)
            .await;
        let answer = answer(&response, || ());
        let mut shared = self.shared();
        let is_definite = !matches!(answer, Answer::Unknown);
        if matches!(answer, Answer::Done(())) {
            forget(&mut shared.users, &known.id, MOST_USERS);
        }
        let event = self.event(
            &mut shared,
            &begun,
            is_definite,
            UserOperation::Delete { if_match, answer },
        );
        shared.history.user(&known.id, event);
    }

    /// All users: each of them is read, and who is not there is not.
    pub async fn list_users(&mut self) {
        let begun = self.begin();
        let path = "/Users?startIndex=1&count=200&attributes=userName,title,externalId,meta";
        let response = self.client.get(path).await;
        let Answer::Done(()) = answer(&response, || ()) else {
            return;
        };
        assert!(
            response.body["totalResults"].as_u64().unwrap() <= 200,
            "one page is all of it"
        );
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
                .listed_users
                .insert(external_id.to_owned(), id.to_owned());
            let seen = user(resource);
            if !shared.steady.iter().any(|steady| steady == id) {
                know(&mut shared.users, id.to_owned(), seen.version);
            }
            let event = self.event(&mut shared, &begun, true, UserOperation::Read(Some(seen)));
            shared.history.user(id, event);
        }
        for known in shared.users.clone() {
            if !there.contains(known.id.as_str())
                && is_older(shared.history.users.get(&known.id), begun.0)
            {
                let event = self.event(&mut shared, &begun, true, UserOperation::Read(None));
                shared.history.user(&known.id, event);
            }
        }
        let steady: BTreeSet<_> = shared.steady.iter().map(String::as_str).collect();
        assert!(
            steady.is_subset(&there),
            "somebody who was there all the time is not listed"
        );
    }
}

fn user(resource: &Value) -> User {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    User {
        version: version(resource),
        name: text("userName"),
        title: text("title"),
    }
}
