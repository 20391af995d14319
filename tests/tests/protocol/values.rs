//! Values: what is set by default, what PUT replaces, text of any script (RFC 7643 §2; RFC 7644 §3.4.2.2, §3.5.1, §3.8).

use bytes::Bytes;
use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, GROUP, USER, check_finds, check_refused, dialects, group, make, make_group,
    make_user, names, patched, user,
};

#[tokio::test]
async fn a_default_is_found_as_it_was_answered() {
    for api in dialects().await {
        let client = api.client();
        let created = client.post("/Users", &user("bob", json!({}))).await;
        assert_eq!(created.body["active"], true);
        let path = format!("/Users/{}", created.id());
        let put = user("bob", json!({"title": "Guide"}));
        for _ in 0..2 {
            check_finds(&client, "/Users", "active eq true", &["bob"]).await;
            check_finds(&client, "/Users", "active pr", &["bob"]).await;
            check_finds(&client, "/Users", "active ne true", &[]).await;
            assert_eq!(client.put(&path, &put).await.body["active"], true);
        }
    }
}

/// Every attribute of a user that a client may write, each with a value of its own.
fn whole(mark: &str, active: bool) -> Value {
    let element = |value: &str| json!([{"value": format!("{value}{mark}"), "display": mark, "type": mark, "primary": active}]);
    let link = format!("https://example.com/{mark}");
    user(
        &format!("bob{mark}"),
        json!({
            "schemas": [USER, ENTERPRISE], "externalId": mark, "displayName": mark, "nickName": mark,
            "name": {
                "formatted": mark, "familyName": mark, "givenName": mark, "middleName": mark,
                "honorificPrefix": mark, "honorificSuffix": mark
            },
            "profileUrl": link, "title": mark, "userType": mark, "preferredLanguage": mark, "locale": mark,
            "timezone": mark, "active": active, "emails": element("e"), "phoneNumbers": element("p"),
            "ims": element("i"), "photos": element("https://example.com/"), "entitlements": element("t"),
            "roles": element("r"), "x509Certificates": element("AAA"),
            "addresses": [{
                "formatted": mark, "streetAddress": mark, "locality": mark, "region": mark, "postalCode": mark,
                "country": mark, "type": mark, "primary": active
            }],
            ENTERPRISE: {
                "employeeNumber": mark, "costCenter": mark, "organization": mark, "division": mark,
                "department": mark, "manager": {"value": mark, "$ref": link}
            }
        }),
    )
}

#[tokio::test]
async fn what_a_put_gives_replaces_what_was_there() {
    for api in dialects().await {
        let client = api.client();
        let bob = make(&client, "/Users", &whole("A", true)).await;
        let new = whole("B", false);
        let put = client.put(&bob.path, &new).await;
        assert_eq!(put.status, 200, "{put:?}");
        let mut shown = client.get(&bob.path).await.body;
        for own in ["id", "meta"] {
            shown.as_object_mut().unwrap().shift_remove(own);
        }
        assert_eq!(shown, new);
        // Nothing that the schema lets a client write is missing above.
        for (urn, holder) in [(USER, &new), (ENTERPRISE, &new[ENTERPRISE])] {
            let schema = client.get(&format!("/Schemas/{urn}")).await.body;
            for attribute in schema["attributes"].as_array().unwrap() {
                let name = attribute["name"].as_str().unwrap();
                let written = attribute["mutability"] == "readWrite";
                assert_eq!(holder.get(name).is_some(), written, "{name}");
            }
        }

        let team = make_group(&client, "A", &[&bob]).await;
        let ann = make_user(&client, "ann").await;
        let mut new = group("B", &[&ann]);
        new["externalId"] = json!("B");
        let put = client.put(&team.path, &new).await.body;
        assert_eq!(
            (&put["displayName"], &put["externalId"]),
            (&json!("B"), &json!("B"))
        );
        assert_eq!(client.get(&team.path).await.values("members"), [ann.id]);
    }
}

#[tokio::test]
async fn text_of_any_script_comes_back_as_it_was() {
    // Arabic, Chinese, a sign beyond 16 bits, letters composed and in parts, a right-to-left mark, quotes.
    let texts = [
        "محمد علي",
        "张伟",
        "\u{1F600}\u{1F469}\u{200D}\u{1F4BB}",
        "J\u{FC}rgen",
        "Ju\u{308}rgen K",
        "\u{200F}שלום",
        "O'Neil \"Bob\" \\ \t",
    ];
    for api in dialects().await {
        let client = api.client();
        for (number, text) in texts.into_iter().enumerate() {
            let name = format!("{text}{number}");
            let body = user(
                &name,
                json!({"displayName": text, "externalId": text, "name": {"familyName": text}}),
            );
            let made = make(&client, "/Users", &body).await;
            let shown = client.get(&made.path).await.body;
            assert_eq!(shown["userName"], json!(name));
            assert_eq!(shown["name"]["familyName"], text);
            // By keys and by a walk.
            let quoted = json!(text).to_string();
            for filter in [
                format!("userName eq {}", json!(name)),
                format!("externalId eq {quoted}"),
                format!("displayName eq {quoted}"),
            ] {
                check_finds(&client, "/Users", &filter, &[&name]).await;
            }
            let operation = json!({"op": "replace", "path": "title", "value": text});
            assert_eq!(
                patched(&client, &made.path, operation).await.body["title"],
                text
            );
            let team = json!({"schemas": [GROUP], "displayName": name});
            make(&client, "/Groups", &team).await;
            let list = client.get("/Groups").await;
            assert!(names(&list).contains(&name.as_str()), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_not_utf_8_is_refused() {
    let api = Api::start().await;
    let client = api.client();
    for body in [
        Bytes::from_static(b"{\"userName\": \"J\xFCrgen\"}"),
        Bytes::from_static(b"{\"userName\": \"\xED\xA0\x80\"}"),
        Bytes::from_static(b"\xFF\xFE{\0}\0"),
    ] {
        let answer = client.send_bytes("POST", "/Users", &[], Some(body)).await;
        assert_eq!(answer.status(), 400);
        let error: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(error["scimType"], "invalidSyntax");
    }
    let list = client.get("/Users").await;
    assert_eq!(list.body["totalResults"], 0);
    check_refused(
        &client
            .send("POST", "/Users", &[], Some("\u{FEFF}{}".to_owned()))
            .await,
        400,
        "invalidSyntax",
        "a byte order mark",
    );
}
