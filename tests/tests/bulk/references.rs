//! `bulkId`s (RFC 7644 §3.7.2), in any order and in circles (§3.7.1).

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, USER, bulk, bulk_until, check, delete, id, make_user, outcomes, patch, path,
    post_group, post_report, post_user, statuses, strict, total,
};

#[tokio::test]
async fn a_reference_is_resolved_wherever_it_stands() {
    for api in [Api::start().await, strict().await] {
        let client = api.client();
        let mut group = post_group("g", "team", &["bulkId:a", "bulkId:b/1", "bulkId:c"]);
        group["data"]["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
        let answer = bulk(
            &client,
            &json!([
                patch(
                    "/Groups/bulkId:g",
                    &json!([{"op": "remove", "path": "members[value eq \"bulkId:c\"]"}])
                ),
                group,
                post_report("c", "cy", "bulkId:b/1"),
                post_report("b/1", "bob", "bulkId:a"),
                patch(
                    "/Users/bulkId:b/1",
                    &json!([{"op": "replace", "path": "title", "value": "Clerk"}])
                ),
                post_user("a", "ann"),
                delete("/Users/bulkId:c")
            ]),
        )
        .await;
        check(&answer, &["204", "201", "201", "201", "200", "201", "204"]);
        let outcomes = outcomes(&answer);
        let (ann, bob) = (id(&outcomes[5]), id(&outcomes[3]));
        assert_eq!(id(&outcomes[4]), bob);
        assert_eq!(path(&outcomes[0]), path(&outcomes[1]));
        let team = client.get(path(&outcomes[1])).await;
        let mut members = [ann, bob];
        members.sort_unstable();
        assert_eq!(team.values("members"), members);
        let bob = client.get(path(&outcomes[3])).await;
        assert_eq!(bob.body[ENTERPRISE]["manager"]["value"], ann);
        assert_eq!(bob.body["title"], "Clerk");
        assert_eq!(client.get(path(&outcomes[2])).await.status, 404);
    }
}

#[tokio::test]
async fn a_new_user_joins_an_old_group() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let team = crate::given::make_group(&client, "team", &[&ann]).await;
    let answer = bulk(
        &client,
        &json!([
            patch(&team, &json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:b"}]}])),
            post_user("b", "bob"),
            {"method": "PUT", "path": ann, "data": {"schemas": [USER], "userName": "ann", ENTERPRISE: {"manager": {"value": "bulkId:b"}}}}
        ]),
    )
    .await;
    check(&answer, &["204", "201", "200"]);
    let bob = id(&outcomes(&answer)[1]);
    let mut members = client.get(&team).await.values("members");
    members.retain(|member| !ann.ends_with(member.as_str()));
    assert_eq!(members, [bob]);
    let manager = &client.get(&ann).await.body[ENTERPRISE]["manager"];
    assert_eq!(manager["value"], bob);
}

#[tokio::test]
async fn two_users_may_be_each_others_manager() {
    let api = Api::start().await;
    let client = api.client();
    let answer = bulk(
        &client,
        &json!([
            post_report("a", "ann", "bulkId:b"),
            post_report("b", "bob", "bulkId:a"),
            post_report("c", "cy", "bulkId:c"),
            post_group("g", "team", &["bulkId:a", "bulkId:b", "bulkId:c"])
        ]),
    )
    .await;
    check(&answer, &["201", "201", "201", "201"]);
    let outcomes = outcomes(&answer);
    for (user, manager) in [(0, 1), (1, 0), (2, 2)] {
        let user = client.get(path(&outcomes[user])).await;
        assert_eq!(
            user.body[ENTERPRISE]["manager"]["value"],
            id(&outcomes[manager])
        );
    }
    assert_eq!(
        client.get(path(&outcomes[3])).await.values("members").len(),
        3
    );
}

#[tokio::test]
async fn a_circle_that_cannot_be_closed_leaves_nothing_behind() {
    let api = Api::start().await;
    let client = api.client();
    make_user(&client, "taken").await;
    // Whichever of them fails; a group that lists one of them is made last.
    for taken in 0..3 {
        let name = |index: usize| {
            if index == taken {
                "taken".to_owned()
            } else {
                format!("new-{index}")
            }
        };
        let operations = json!([
            post_report("a", &name(0), "bulkId:b"),
            post_report("b", &name(1), "bulkId:c"),
            post_report("c", &name(2), "bulkId:a"),
            post_group("g", "team", &["bulkId:a"]),
            post_user("z", &format!("other-{taken}"))
        ]);
        let answer = bulk(&client, &operations).await;
        check(&answer, &["409", "409", "409", "409", "201"]);
        let keywords: Vec<_> = outcomes(&answer)[..3]
            .iter()
            .map(|outcome| outcome["response"]["scimType"].as_str())
            .collect();
        // The one that failed says why; the others that they refer to it.
        let mut expected = [None; 3];
        expected[taken] = Some("uniqueness");
        assert_eq!(keywords, expected, "{:#}", answer.body);
        for outcome in &outcomes(&answer)[..4] {
            assert!(outcome.get("location").is_none(), "{outcome}");
            assert!(outcome.get("version").is_none(), "{outcome}");
        }
        assert_eq!(total(&client, "/Users").await, 2 + taken as u64);
        assert_eq!(total(&client, "/Groups").await, 0);
        // The names are free again.
        let answer = bulk(
            &client,
            &json!([post_user("a", "new-0"), post_user("b", "new-1")]),
        )
        .await;
        check(&answer, &["201", "201"]);
        let gone: Vec<_> = outcomes(&answer)
            .iter()
            .map(|new| delete(path(new)))
            .collect();
        check(&bulk(&client, &json!(gone)).await, &["204", "204"]);
    }
}

#[tokio::test]
async fn a_circle_through_a_group_is_made_or_nothing_is() {
    let api = Api::start().await;
    let client = api.client();
    let circle = |name: &str| {
        let member = json!({"method": "POST", "path": "/Users", "bulkId": "a",
            "data": {"userName": "ann", "profileUrl": "https://example.com/Groups/bulkId:g"}});
        json!([post_group("g", name, &["bulkId:a"]), member])
    };
    check(&bulk(&client, &circle("team")).await, &["201", "201"]);
    let ann = client.find("/Users", "userName eq \"ann\"").await;
    let team = client
        .find("/Groups", "displayName eq \"team\"")
        .await
        .ids();
    assert_eq!(
        ann.body["Resources"][0]["profileUrl"],
        format!("https://example.com/Groups/{}", team[0])
    );
    let ann = format!("/Users/{}", ann.ids()[0]);
    assert_eq!(client.delete(&ann).await.status, 204);
    let answer = bulk(&client, &circle("TEAM")).await;
    check(&answer, &["409", "409"]);
    assert_eq!(outcomes(&answer)[0]["response"]["scimType"], "uniqueness");
    assert_eq!(total(&client, "/Users").await, 0);
}

#[tokio::test]
async fn what_refers_to_nothing_is_409() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let leaver = make_user(&client, "leaver").await;
    let answer = bulk(
        &client,
        &json!([
            post_group("g", "team", &["bulkId:nobody"]),
            post_group("h", "other", &["bulkId:g"]),
            delete("/Users/bulkId:nobody"),
            {"method": "PUT", "path": "/Groups/bulkId:g", "data": {"displayName": "x"}},
            patch(&ann, &json!([{"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "bulkId:nobody"}])),
            post_user("same", "ann"),
            post_report("b", "bob", "bulkId:same"),
            post_report("c", "cy", "bulkId:b"),
            // A name is that of a POST alone, and only of one that can be.
            {"method": "DELETE", "path": leaver, "bulkId": "d"},
            post_report("e", "eve", "bulkId:d"),
            {"method": "POST", "path": "/Nothing", "bulkId": "f", "data": {}},
            post_report("i", "ian", "bulkId:f")
        ]),
    )
    .await;
    check(
        &answer,
        &[
            "409", "409", "409", "409", "409", "409", "409", "409", "204", "409", "400", "409",
        ],
    );
    for (outcome, name) in outcomes(&answer)
        .iter()
        .zip(["nobody", "g", "nobody", "g", "nobody"])
    {
        let detail = outcome["response"]["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("`bulkId:{name}`")), "{detail}");
    }
    assert_eq!(total(&client, "/Users").await, 1);
    assert_eq!(total(&client, "/Groups").await, 0);
}

#[tokio::test]
async fn a_text_that_only_looks_like_a_reference_stays() {
    let api = Api::start().await;
    let client = api.client();
    let mut user = post_user("a", "ann");
    let texts = ["see bulkId:a", "bulkid:a", "xbulkId:a"];
    for text in texts {
        user["data"]["title"] = json!(text);
        let answer = bulk(&client, &json!([user])).await;
        check(&answer, &["201"]);
        let path = path(&outcomes(&answer)[0]).to_owned();
        assert_eq!(client.get(&path).await.body["title"], text);
        assert_eq!(client.delete(&path).await.status, 204);
    }
}

#[tokio::test]
async fn a_circle_does_not_pass_the_limit_of_errors() {
    let api = Api::start().await;
    let client = api.client();
    make_user(&client, "taken").await;
    let circle = |names: [&str; 3], another: &str| {
        json!([
            post_report("a", names[0], "bulkId:b"),
            post_report("b", names[1], "bulkId:c"),
            post_report("c", names[2], "bulkId:a"),
            post_user("d", another)
        ])
    };
    let mut others = 0;
    for names in [["x", "y", "taken"], ["taken", "x", "y"]] {
        for most in [1, 2] {
            let answer =
                bulk_until(&client, most, &circle(names, &format!("other-{others}"))).await;
            let mut statuses = statuses(&answer);
            // With one error to spare the user beside the circle may have been under way.
            if statuses.last() == Some(&"201") {
                assert_eq!(most, 2);
                statuses.pop();
                others += 1;
            }
            assert!((1..=most).contains(&statuses.len()), "{:#}", answer.body);
            assert!(
                statuses.iter().all(|status| *status == "409"),
                "{:#}",
                answer.body
            );
            // Among them is the one that says why.
            let keywords: Vec<_> = outcomes(&answer)
                .iter()
                .filter_map(|outcome| outcome["response"]["scimType"].as_str())
                .collect();
            assert_eq!(keywords, ["uniqueness"], "{:#}", answer.body);
            assert_eq!(total(&client, "/Users").await, 1 + others);
        }
    }
    let unknown: Value = json!([
        post_report("a", "x", "bulkId:b"),
        post_report("b", "bob", "bulkId:a"),
        post_report("c", "cy", "bulkId:nobody"),
        post_report("d", "dan", "bulkId:nobody")
    ]);
    let answer = bulk_until(&client, 1, &unknown).await;
    assert_eq!(statuses(&answer), ["201", "201", "409"]);
}
