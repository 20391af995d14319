use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directory::{
    CheckReport, Damage, DeleteUsers, Finding, Remedy, Repair, Settings, UniqueIdentifier,
};
use end_to_end::{Api, Response};
use expect_test::Expect;
use scim::MUSTER_USER;
use serde_json::{Value, json};

/// A directory that has everything: users with and without a group, a protected one, one who was deleted and is kept,
/// groups with and without members. Another directory has the same names.
pub struct Given {
    pub api: Api,
    /// What stands for which id.
    ids: BTreeMap<&'static str, String>,
}

pub async fn given() -> Given {
    let api = Api::with(Settings {
        unique_identifier: UniqueIdentifier::Email,
        delete_users: DeleteUsers::Deactivate,
        ..Settings::default()
    })
    .await;
    let (okta, application) = (api.client(), api.application().await);
    let mut ids = BTreeMap::from([("d", api.directory.to_string())]);
    let (_, stranger) = api.stranger().await;
    for name in ["ann", "bob", "cy", "del"] {
        let body = json!({
            "userName": name, "externalId": format!("x-{name}"),
            "emails": [
                {"value": format!("{name}@example.com"), "primary": true}, {"value": format!("{name}@home.example")}
            ]
        });
        ids.insert(name, created(&okta.post("/Users", &body).await));
        created(&stranger.post("/Users", &body).await);
    }
    let members = json!([{"value": ids["ann"]}, {"value": ids["bob"]}]);
    for (name, members) in [("team", members), ("empty", json!([]))] {
        let body =
            json!({"displayName": name, "externalId": format!("x-{name}"), "members": members});
        ids.insert(name, created(&okta.post("/Groups", &body).await));
    }
    let protect =
        json!([{"op": "replace", "path": format!("{MUSTER_USER}:protected"), "value": true}]);
    let bob = format!("/Users/{}", ids["bob"]);
    assert_eq!(application.patch(&bob, &protect).await.status, 200);
    let del = format!("/Users/{}", ids["del"]);
    assert_eq!(okta.delete(&del).await.status, 204);
    // A page by index leaves an anchor.
    assert_eq!(okta.get("/Users?startIndex=1&count=1").await.status, 200);
    api.settled().await;
    Given { api, ids }
}

fn created(response: &Response) -> String {
    assert_eq!(response.status, 201, "{response:?}");
    response.id()
}

impl Given {
    /// Changes the table itself, behind the product's back: `delete PK SK`, `set PK SK ATTRIBUTE VALUE`, `remove PK SK
    /// ATTRIBUTE`, `put PK SK ITEM`. `{ann}` stands for an id, `{ann:bytes}` for its 16 bytes in base64.
    pub async fn damage(&self, command: &str) {
        let command = self.with_ids(command);
        let words: Vec<_> = command.splitn(4, ' ').collect();
        let key = json!({"pk": {"S": words[1]}, "sk": {"S": words[2]}});
        let mut body = json!({"TableName": "muster"});
        let rest = words.get(3).copied().unwrap_or_default();
        let action = match words[0] {
            "delete" => "DeleteItem",
            "put" => "PutItem",
            _ => "UpdateItem",
        };
        match words[0] {
            "put" => {
                let mut item: Value = serde_json::from_str(rest).unwrap();
                item.as_object_mut()
                    .unwrap()
                    .extend(key.as_object().unwrap().clone());
                body["Item"] = item;
            }
            "delete" => body["Key"] = key,
            "set" | "remove" => {
                body["Key"] = key;
                let (attribute, value) = rest.split_once(' ').unwrap_or((rest, ""));
                body["ExpressionAttributeNames"] = json!({"#a": attribute});
                body["UpdateExpression"] = json!("REMOVE #a");
                if !value.is_empty() {
                    body["UpdateExpression"] = json!("SET #a = :a");
                    let value: Value = serde_json::from_str(value).unwrap();
                    body["ExpressionAttributeValues"] = json!({":a": value});
                }
            }
            other => panic!("{other}"),
        }
        if action != "PutItem" {
            body["ConditionExpression"] = json!("attribute_exists(pk)");
        }
        self.api.dynamodb(action, &body).await;
    }

    fn with_ids(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, id) in &self.ids {
            text = text.replace(&format!("{{{name}}}"), id);
            let digits = id.replace('-', "");
            let bytes: Vec<_> = (0..16)
                .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            let bytes = BASE64_STANDARD.encode(bytes);
            text = text.replace(&format!("{{{name}:bytes}}"), &bytes);
        }
        text
    }

    /// What was found, a line each, with names in the place of ids. Of a total no shard is named, and what else is counted in it is left
    /// out: chance chooses the shard.
    pub fn shown(&self, report: &CheckReport) -> String {
        let line = |finding: &Finding| {
            let resource = finding.resource.as_ref();
            let resource =
                resource.map_or("-".to_owned(), |it| format!("{} {}", it.kind.name(), it.id));
            let mut damage = finding.damage.clone();
            if let Damage::Total {
                shard,
                stored,
                counted,
                ..
            } = &mut damage
            {
                let others = (*stored).min(*counted);
                (*shard, *stored, *counted) = (0, *stored - others, *counted - others);
            }
            let (told, remedy) = (damage.to_string(), finding.remedy.keyword());
            let told = told.replace(" in shard 00,", " in a shard,");
            format!("{resource}: {told} ({remedy}: {})\n", damage.remedy())
        };
        let mut text: String = report.findings.iter().map(line).collect();
        for (name, id) in &self.ids {
            text = text.replace(id, name);
        }
        for (what, count) in [("pending", report.pending), ("undecided", report.undecided)] {
            if count > 0 {
                writeln!(text, "{count} {what}").unwrap();
            }
        }
        text
    }

    /// What is in the table but for the traces of who wrote it when, and what was written of that.
    async fn state(&self) -> Vec<Value> {
        self.api.settled().await;
        let mut items = self.api.items().await;
        items.retain(|item| item["type"]["S"] != "audit entry");
        for item in &mut items {
            for name in ["write", "by", "version", "modified"] {
                item.as_object_mut().unwrap().shift_remove(name);
            }
        }
        items
    }

    /// The damage is found, by a look that changes nothing; it is repaired, and nothing is found then. What the table has
    /// is what it had before.
    pub async fn check(&self, damage: &[&str], found: Expect) {
        let before = self.state().await;
        for command in damage {
            self.damage(command).await;
        }
        self.check_repair(found).await;
        assert_eq!(self.state().await, before, "{damage:?}");
    }

    /// The same where what was lost does not come back.
    pub async fn check_loss(&self, damage: &[&str], found: Expect) {
        for command in damage {
            self.damage(command).await;
        }
        self.check_repair(found).await;
    }

    async fn check_repair(&self, found: Expect) {
        self.api.settled().await;
        let damaged = self.api.items().await;
        let report = self.api.check(Repair::No).await;
        let shown = self.shown(&report);
        found.assert_eq(&shown);
        self.api.settled().await;
        assert_eq!(self.api.items().await, damaged, "a look changes nothing");
        let report = self.api.check(Repair::Yes).await;
        let repaired = shown.replace("(repairable:", "(repaired:");
        assert_eq!(self.shown(&report), repaired);
        assert_eq!(report.repaired, report.found);
        assert!(
            report
                .findings
                .iter()
                .all(|finding| finding.remedy == Remedy::Repaired)
        );
        let report = self.api.check(Repair::No).await;
        assert_eq!(self.shown(&report), "", "after the repair");
    }
}
