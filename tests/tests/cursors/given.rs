//! What the tests of this folder begin with.

use end_to_end::{Api, Client, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// A query: where it goes, and what it says beside `cursor`.
#[derive(Clone, Debug)]
pub struct Query {
    path: String,
    parameters: Value,
}

impl Query {
    /// By GET or, if the path ends so, by POST to `.search`.
    pub fn new(path: &str, parameters: Value) -> Self {
        Self {
            path: path.to_owned(),
            parameters,
        }
    }

    pub fn with(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut changed = self.clone();
        changed.parameters[name] = value.into();
        changed
    }

    /// Whatever the answer is.
    pub async fn ask(&self, client: &Client, cursor: &str) -> Response {
        let mut parameters = self.parameters.clone();
        parameters["cursor"] = json!(cursor);
        if self.path.ends_with("/.search") {
            parameters["schemas"] = json!([SEARCH_REQUEST]);
            return client.post(&self.path, &parameters).await;
        }
        let parameters = parameters.as_object().unwrap().iter();
        let parameters: Vec<_> = parameters
            .map(|(name, value)| {
                let value = value.as_str().map_or(value.to_string(), str::to_owned);
                format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC))
            })
            .collect();
        client
            .get(&format!("{}?{}", self.path, parameters.join("&")))
            .await
    }

    /// A page, which is one.
    pub async fn page(&self, client: &Client, cursor: &str) -> Page {
        let answer = self.ask(client, cursor).await;
        assert_eq!(answer.status, 200, "{self:?}: {answer:?}");
        let text = |name: &str| {
            answer
                .body
                .get(name)
                .map(|text| text.as_str().unwrap().to_owned())
        };
        let page = Page {
            ids: answer.ids(),
            total: answer
                .body
                .get("totalResults")
                .map(|total| total.as_u64().unwrap()),
            next: text("nextCursor"),
            previous: text("previousCursor"),
        };
        assert_eq!(answer.body["itemsPerPage"], page.ids.len(), "{self:?}");
        assert!(answer.body.get("startIndex").is_none(), "{self:?}");
        if let Some(count) = self.parameters["count"].as_u64() {
            assert!(page.ids.len() as u64 <= count, "{self:?}");
        }
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        for cursor in [&page.next, &page.previous].into_iter().flatten() {
            assert!(
                !cursor.is_empty() && cursor.bytes().all(unreserved),
                "{cursor}"
            );
        }
        if cursor.is_empty() {
            assert_eq!(page.previous, None, "{self:?}: on the first page");
        }
        page
    }

    /// All pages, to the last; `meanwhile` is done after each page.
    pub async fn walk(&self, client: &Client, mut meanwhile: impl AsyncFnMut(usize)) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let cursor = pages
                .last()
                .map_or("", |page| page.next.as_deref().unwrap());
            let page = self.page(client, cursor).await;
            let is_last = page.next.is_none();
            pages.push(page);
            assert!(pages.len() < 1_000, "{self:?}: a walk without an end");
            if is_last {
                return pages;
            }
            meanwhile(pages.len() - 1).await;
        }
    }

    /// The pages before this one, from the nearest to the first.
    pub async fn walk_back(&self, client: &Client, from: &Page) -> Vec<Page> {
        let mut pages = Vec::new();
        let mut page = from.clone();
        while let Some(previous) = &page.previous {
            page = self.page(client, previous).await;
            pages.push(page.clone());
            assert!(pages.len() < 1_000, "{self:?}: a walk without an end");
        }
        pages
    }
}

#[derive(Clone, Debug)]
pub struct Page {
    pub ids: Vec<String>,
    pub total: Option<u64>,
    pub next: Option<String>,
    pub previous: Option<String>,
}

/// The ids on these pages, one after another.
pub fn ids(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(|page| page.ids.clone()).collect()
}

/// A client of another directory of the same deployment, with users of its own.
pub async fn stranger(api: &Api) -> Client {
    let (_, client) = api.stranger().await;
    for number in 0..5 {
        let user = json!({"userName": format!("stranger-{number}")});
        assert_eq!(client.post("/Users", &user).await.status, 201);
    }
    client
}

pub async fn make_groups(client: &Client, count: usize) -> Vec<String> {
    let mut groups = Vec::new();
    for number in 0..count {
        let group = json!({"displayName": format!("group {number}")});
        groups.push(client.post("/Groups", &group).await.id());
    }
    groups
}

/// The answer is 400 with this keyword.
#[track_caller]
pub fn check_refused(answer: &Response, scim_type: &str) {
    assert_eq!(
        (answer.status, &answer.body["scimType"]),
        (400, &json!(scim_type)),
        "{answer:?}"
    );
    assert!(answer.broken_promises().is_empty());
}
