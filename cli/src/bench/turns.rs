//! One request of each phase.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::known::{Known, PER_PAGE, Page, User};
use super::phase::Phase;
use super::user::user;
use super::worker::Worker;
use crate::resources::equals;

/// What of a resource is looked at.
#[derive(Default, Deserialize)]
struct Shown {
    #[serde(default)]
    id: String,
}

type Turn = Result<Option<Duration>, String>;

impl Worker {
    /// One request, and how long it took; none if there is nothing more to do. Error: it was not answered as it should be.
    pub(super) async fn turn(&mut self, phase: Phase, known: &Known, turn: usize) -> Turn {
        // Counted over all connections.
        let overall = turn * self.of + self.number;
        match phase {
            Phase::Create => self.create().await,
            Phase::Delete => self.delete().await,
            Phase::Get => self.get(&known.user(overall).id).await,
            Phase::Match => {
                self.find(&known.user(overall).name, &known.user(overall).id)
                    .await
            }
            Phase::Patch => self.patch_profile(&known.user(overall).id, overall).await,
            Phase::Deactivate => {
                let user = known.user(overall);
                let is_first_round = (overall / known.len()).is_multiple_of(2);
                self.patch_active(&user.id, user.active != is_first_round)
                    .await
            }
            Phase::AddMember if turn >= known.len() => Ok(None),
            Phase::AddMember => {
                self.add_member(&known.user(self.number * known.len() / self.of + turn).id)
                    .await
            }
            Phase::RemoveMember => self.remove_member().await,
            Phase::Page => {
                self.page((self.number * known.pages() / self.of + turn) % known.pages())
                    .await
            }
        }
    }

    async fn create(&mut self) -> Turn {
        let body = user(&self.run, self.tried * self.of + self.number);
        let name = body["userName"].as_str().unwrap_or_default().to_owned();
        self.tried += 1;
        let (answer, time) = self.send("POST", "/Users", Some(body), &[201]).await?;
        let Shown { id } = answer.read();
        if id.is_empty() {
            return Err("POST /Users: the new user has no id".to_owned());
        }
        self.created.push(User {
            id,
            name,
            active: true,
        });
        Ok(Some(time))
    }

    async fn delete(&mut self) -> Turn {
        let Some(User { id, .. }) = self.created.pop() else {
            return Ok(None);
        };
        let path = format!("/Users/{id}");
        let (_, time) = self.send("DELETE", &path, None, &[204, 200]).await?;
        Ok(Some(time))
    }

    async fn get(&self, id: &str) -> Turn {
        let path = format!("/Users/{id}");
        let (answer, time) = self.send("GET", &path, None, &[200]).await?;
        if answer.read::<Shown>().id != id {
            return Err(format!("GET {path}: it answered with another user"));
        }
        Ok(Some(time))
    }

    async fn find(&self, user_name: &str, id: &str) -> Turn {
        let filter = equals("userName", user_name);
        let filter = utf8_percent_encode(&filter, NON_ALPHANUMERIC);
        let path = format!("/Users?filter={filter}");
        let (answer, time) = self.send("GET", &path, None, &[200]).await?;
        let found: Vec<_> = answer
            .read::<Page>()
            .users
            .into_iter()
            .map(|user| user.id)
            .collect();
        if found != [id] {
            return Err(format!(
                "GET {path}: it found {} users, or another one",
                found.len()
            ));
        }
        Ok(Some(time))
    }

    async fn patch_profile(&self, id: &str, number: usize) -> Turn {
        let operations = json!([
            {"op": "replace", "path": "title", "value": format!("Principal Engineer {} {number}", self.run)},
            {"op": "replace", "path": "name.familyName", "value": format!("King {number}")}
        ]);
        self.patch(&format!("/Users/{id}"), operations).await
    }

    async fn patch_active(&self, id: &str, active: bool) -> Turn {
        let operations = json!([{"op": "replace", "path": "active", "value": active}]);
        self.patch(&format!("/Users/{id}"), operations).await
    }

    async fn add_member(&mut self, id: &str) -> Turn {
        let group = self.group().await?;
        let operations = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        let done = self.patch(&format!("/Groups/{group}"), operations).await?;
        self.members.push(id.to_owned());
        Ok(done)
    }

    async fn remove_member(&mut self) -> Turn {
        let Some(id) = self.members.pop() else {
            return Ok(None);
        };
        let group = self.group().await?;
        let operations = json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]);
        self.patch(&format!("/Groups/{group}"), operations).await
    }

    async fn page(&self, page: usize) -> Turn {
        let path = format!("/Users?startIndex={}&count={PER_PAGE}", page * PER_PAGE + 1);
        let (answer, time) = self.send("GET", &path, None, &[200]).await?;
        if answer.read::<Page>().users.is_empty() {
            return Err(format!("GET {path}: the page is empty"));
        }
        Ok(Some(time))
    }

    async fn patch(&self, path: &str, operations: Value) -> Turn {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations
        });
        let (_, time) = self.send("PATCH", path, Some(body), &[200, 204]).await?;
        Ok(Some(time))
    }

    /// The id of its group, which is created where there is none.
    async fn group(&mut self) -> Result<String, String> {
        if let Some(id) = &self.group {
            return Ok(id.clone());
        }
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("bench {} {}", self.run, self.number)
        });
        let (answer, _) = self.send("POST", "/Groups", Some(body), &[201]).await?;
        let Shown { id } = answer.read();
        self.group = Some(id.clone());
        Ok(id)
    }

    /// Deletes its group.
    pub(super) async fn clear_away(self) {
        if let Some(id) = &self.group {
            // Nothing more is measured, and it is but a trial group.
            let _ = self
                .send("DELETE", &format!("/Groups/{id}"), None, &[204])
                .await;
        }
    }
}
