//! Lists of users whom the identity provider deleted: the application is shown them where its filter names `deleted`.

use end_to_end::{Api, Client};
use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{create, group, id, names, sides};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Six users, of whom `del1`, `del2` and `del3` were deleted, between the others in the order of creation.
async fn given() -> (Api, Client, Client, Vec<String>) {
    let (api, okta, application) = sides(json!({"delete_users": "deactivate"})).await;
    let mut deleted = Vec::new();
    for name in ["ann", "del1", "bob", "del2", "cy", "del3"] {
        let body =
            json!({"userName": name, "title": &name[..1], "externalId": format!("e-{name}")});
        let user = create(&okta, "/Users", &body).await;
        api.environment.advance(std::time::Duration::from_mins(1));
        if name.starts_with("del") {
            assert_eq!(okta.delete(&user).await.status, 204);
            deleted.push(user);
        }
    }
    (api, okta, application, deleted)
}

fn deleted(condition: &str) -> String {
    format!("{MUSTER_USER}:deleted {condition}")
}

#[tokio::test]
async fn a_list_that_does_not_name_deleted_is_without_them() {
    let (_api, _, application, users) = given().await;
    for path in [
        "/Users",
        "/Users?cursor",
        "/Users?sortBy=userName",
        "/Users?startIndex=1&count=2",
    ] {
        let list = application.get(path).await;
        assert!(!names(&list).contains("del"), "{path}");
        assert_eq!(list.body["totalResults"], 3, "{path}");
    }
    for filter in [
        "active eq false".to_owned(),
        "userName sw \"del\"".to_owned(),
        "userName eq \"del1\"".to_owned(),
        format!("{MUSTER_USER}:origin eq \"scim\" and title eq \"d\""),
        format!("id eq \"{}\"", id(&users[0])),
    ] {
        let list = application.find("/Users", &filter).await;
        assert_eq!(
            (names(&list).as_str(), &list.body["totalResults"]),
            ("", &json!(0)),
            "{filter}"
        );
    }
    assert_eq!(
        application.get("/Users?count=0").await.body["totalResults"],
        3
    );
}

#[tokio::test]
async fn a_filter_that_names_deleted_finds_them() {
    let (_api, okta, application, users) = given().await;
    let first = id(&users[0]);
    let cases = [
        (deleted("pr"), "del1 del2 del3"),
        (format!("not ({})", deleted("pr")), "ann bob cy"),
        (
            format!("{} or active eq true", deleted("pr")),
            "ann bob cy del1 del2 del3",
        ),
        (
            format!("userName eq \"del1\" and {}", deleted("pr")),
            "del1",
        ),
        (
            format!("userName eq \"DEL1\" and {}", deleted("pr")),
            "del1",
        ),
        (format!("userName eq \"ann\" and {}", deleted("pr")), ""),
        (
            format!("userName eq \"ann\" and not ({})", deleted("pr")),
            "ann",
        ),
        (
            format!("externalId eq \"e-del2\" and {}", deleted("pr")),
            "del2",
        ),
        (format!("id eq \"{first}\" and {}", deleted("pr")), "del1"),
        (format!("id eq \"{first}\" and not ({})", deleted("pr")), ""),
        (
            format!(
                "(id eq \"{first}\" or userName eq \"ann\") and ({} or userName pr)",
                deleted("pr")
            ),
            "ann del1",
        ),
        (deleted("lt \"2026-11-21T09:03:00Z\""), "del1"),
        (deleted("ge \"2026-11-21T09:03:00Z\""), "del2 del3"),
        (deleted("eq \"2026-11-21T10:02:00+01:00\""), "del1"),
        (deleted("eq null"), "ann bob cy"),
        (format!("{} and {MUSTER_USER}:role pr", deleted("pr")), ""),
        (format!("{} and groups pr", deleted("pr")), ""),
        (format!("{} and active eq true", deleted("pr")), ""),
    ];
    for (filter, expected) in cases {
        let list = application.find("/Users", &filter).await;
        assert_eq!(names(&list), expected, "{filter}");
        let total = expected.split_whitespace().count();
        assert_eq!(list.body["totalResults"], total, "{filter}");
        let search = json!({"schemas": [SEARCH], "filter": filter});
        for path in ["/Users/.search", "/.search"] {
            let list = application.post(path, &search).await;
            assert_eq!(names(&list), expected, "{path} {filter}");
        }
        let count = json!({"schemas": [SEARCH], "filter": filter, "count": 0});
        let list = application.post("/Users/.search", &count).await;
        assert_eq!(
            (&list.body["totalResults"], list.ids().len()),
            (&json!(total), 0),
            "{filter}"
        );
        // Where the identity provider's filter names it, it names nothing.
        let refused = okta.find("/Users", &filter).await;
        assert_eq!(
            (refused.status, &refused.body["scimType"]),
            (400, &json!("invalidFilter")),
            "{filter}"
        );
    }
}

/// The pages of a list one after another, until there is no more: the names.
async fn walk(
    client: &Client,
    first: String,
    next: impl Fn(&Value) -> Option<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = Some(first);
    while let Some(this) = path {
        let page = client.get(&this).await;
        let shown = names(&page);
        assert_eq!(shown.split_whitespace().count(), page.ids().len());
        found.extend(shown.split_whitespace().map(str::to_owned));
        path = next(&page.body);
    }
    found
}

#[tokio::test]
async fn pages_show_each_of_them_once() {
    let (_api, _, application, _) = given().await;
    let everybody = format!("{MUSTER_USER}:deleted%20pr%20or%20userName%20pr");
    let expected = ["ann", "bob", "cy", "del1", "del2", "del3"];
    for count in [1, 2, 4, 6, 7] {
        let base = format!("/Users?filter={everybody}&count={count}");
        let by_cursor = walk(&application, format!("{base}&cursor"), |page| {
            page["nextCursor"]
                .as_str()
                .map(|cursor| format!("{base}&cursor={cursor}"))
        });
        assert_eq!(by_cursor.await, expected, "cursor, {count}");
        let by_index = walk(&application, base.clone(), |page| {
            assert_eq!(page["totalResults"], 6);
            let end = page["startIndex"].as_u64().unwrap() + page["itemsPerPage"].as_u64().unwrap();
            (end <= 6).then(|| format!("{base}&startIndex={end}"))
        });
        assert_eq!(by_index.await, expected, "startIndex, {count}");
        let sorted = format!("{base}&sortBy=userName&sortOrder=descending");
        let by_name = walk(&application, format!("{sorted}&cursor"), |page| {
            page["nextCursor"]
                .as_str()
                .map(|cursor| format!("{sorted}&cursor={cursor}"))
        });
        assert_eq!(
            by_name.await,
            ["del3", "del2", "del1", "cy", "bob", "ann"],
            "sorted, {count}"
        );
    }
}

#[tokio::test]
async fn at_the_root_they_stand_before_groups() {
    let (_api, okta, application, _) = given().await;
    group(&okta, "Team", &[]).await;
    let search = |filter: &str| json!({"schemas": [SEARCH], "filter": filter});
    let filter = format!(
        "{} or userName pr or displayName eq \"Team\"",
        deleted("pr")
    );
    let list = application.post("/.search", &search(&filter)).await;
    assert_eq!(names(&list), "ann bob cy del1 del2 del3 Team");
    let list = application
        .post("/.search", &search("userName pr or displayName pr"))
        .await;
    assert_eq!(names(&list), "ann bob cy Team");
}

#[tokio::test]
async fn sorted_lists_are_as_strict_as_others() {
    let (_api, _, application, _) = given().await;
    let by = |sort: &str| format!("/Users?filter={MUSTER_USER}:deleted%20pr&sortBy={sort}");
    let when = by(&format!("{MUSTER_USER}:deleted"));
    assert_eq!(names(&application.get(&when).await), "del1 del2 del3");
    let backwards = format!("{when}&sortOrder=descending");
    assert_eq!(names(&application.get(&backwards).await), "del3 del2 del1");
    let unknown = application.get(&by("shoeSize")).await;
    assert_eq!(
        (unknown.status, &unknown.body["scimType"]),
        (400, &json!("invalidValue")),
        "{unknown:?}"
    );
}

/// An attribute of the directory's own may have that name too: it is another one.
#[tokio::test]
async fn an_attribute_of_that_name_in_another_schema_is_not_meant() {
    const OWN: &str = "urn:example:acme:2.0:User";
    let (api, okta, application, users) = given().await;
    let definition = json!([{"resourceType": "User", "schema": {"id": OWN, "name": "Acme", "attributes": [{"name": "deleted", "type": "boolean"}]}}]);
    api.extend(&definition).await.unwrap();
    create(
        &okta,
        "/Users",
        &json!({"userName": "dee", OWN: {"deleted": false}}),
    )
    .await;
    let list = application
        .find(
            "/Users",
            &format!("{OWN}:deleted pr or userName sw \"del\""),
        )
        .await;
    assert_eq!(names(&list), "dee");
    let list = application
        .find(
            "/Users",
            &format!("{OWN}:deleted eq null and id eq \"{}\"", id(&users[0])),
        )
        .await;
    assert_eq!(names(&list), "");
}
