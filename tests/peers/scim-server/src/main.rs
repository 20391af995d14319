//! The crate scim-server with its storage in memory, behind HTTP and one token: `scim-server-peer PORT TOKEN`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum::{Json, Router};
use scim_server::resource::{ListQuery, VersionedResource};
use scim_server::storage::InMemoryStorage;
use scim_server::{RequestContext, ResourceProvider, providers::StandardResourceProvider};
use serde_json::{Value, json};

struct Peer {
    provider: StandardResourceProvider<InMemoryStorage>,
    /// The crate tells how many there are only by giving them all.
    users: AtomicUsize,
}

type Shared = State<Arc<Peer>>;

fn context() -> RequestContext {
    RequestContext::with_generated_id()
}

fn shown(status: StatusCode, resource: &VersionedResource) -> Response {
    match resource.resource().to_json() {
        Ok(resource) => (status, Json(resource)).into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

fn refused(status: StatusCode, error: &dyn ToString) -> Response {
    (
        status,
        Json(json!({"status": status.as_u16().to_string(), "detail": error.to_string()})),
    )
        .into_response()
}

async fn create(peer: &Peer, kind: &str, body: Value) -> Response {
    match peer.provider.create_resource(kind, body, &context()).await {
        Ok(resource) => shown(StatusCode::CREATED, &resource),
        Err(error) => refused(StatusCode::CONFLICT, &error),
    }
}

async fn create_user(State(peer): Shared, Json(body): Json<Value>) -> Response {
    let answer = create(&peer, "User", body).await;
    peer.users.fetch_add(
        usize::from(answer.status() == StatusCode::CREATED),
        Ordering::Relaxed,
    );
    answer
}

async fn create_group(State(peer): Shared, Json(body): Json<Value>) -> Response {
    create(&peer, "Group", body).await
}

async fn list(State(peer): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let number = |name: &str| query.get(name).and_then(|value| value.parse().ok());
    let (found, total) = match query
        .get("filter")
        .and_then(|filter| filter.split('"').nth(1))
    {
        Some(name) => {
            let found = peer
                .provider
                .find_resources_by_attribute("User", "userName", name, &context())
                .await;
            let total = found.as_ref().map_or(0, Vec::len);
            (found, total)
        }
        None => {
            let page = ListQuery {
                start_index: number("startIndex"),
                count: number("count"),
                ..ListQuery::default()
            };
            let found = peer
                .provider
                .list_resources("User", Some(&page), &context())
                .await;
            (found, peer.users.load(Ordering::Relaxed))
        }
    };
    match found {
        Ok(found) => {
            let resources: Vec<_> = found
                .iter()
                .filter_map(|user| user.resource().to_json().ok())
                .collect();
            Json(json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": total, "itemsPerPage": resources.len(), "Resources": resources,
            }))
            .into_response()
        }
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

async fn read(State(peer): Shared, Path(id): Path<String>) -> Response {
    match peer.provider.get_resource("User", &id, &context()).await {
        Ok(Some(user)) => shown(StatusCode::OK, &user),
        Ok(None) => refused(StatusCode::NOT_FOUND, &"not found"),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

async fn change(peer: &Peer, kind: &str, id: &str, body: &Value) -> Response {
    match peer
        .provider
        .patch_resource(kind, id, body, None, &context())
        .await
    {
        Ok(resource) => shown(StatusCode::OK, &resource),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error),
    }
}

async fn change_user(
    State(peer): Shared,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    change(&peer, "User", &id, &body).await
}

async fn change_group(
    State(peer): Shared,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    change(&peer, "Group", &id, &body).await
}

async fn delete(peer: &Peer, kind: &str, id: &str) -> Response {
    match peer
        .provider
        .delete_resource(kind, id, None, &context())
        .await
    {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(StatusCode::NOT_FOUND, &error),
    }
}

async fn delete_user(State(peer): Shared, Path(id): Path<String>) -> Response {
    let answer = delete(&peer, "User", &id).await;
    peer.users.fetch_sub(
        usize::from(answer.status() == StatusCode::NO_CONTENT),
        Ordering::Relaxed,
    );
    answer
}

async fn delete_group(State(peer): Shared, Path(id): Path<String>) -> Response {
    delete(&peer, "Group", &id).await
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, token] = &arguments[..] else {
        panic!("usage: scim-server-peer PORT TOKEN");
    };
    let expected = format!("Bearer {token}");
    let check = move |request: Request, next: Next| {
        let shown = request.headers().get(header::AUTHORIZATION);
        let is_right = shown.is_some_and(|shown| shown.as_bytes() == expected.as_bytes());
        async move {
            if is_right {
                next.run(request).await
            } else {
                refused(StatusCode::UNAUTHORIZED, &"the token is wrong")
            }
        }
    };
    let peer = Arc::new(Peer {
        provider: StandardResourceProvider::new(InMemoryStorage::new()),
        users: AtomicUsize::new(0),
    });
    let routes = Router::new()
        .route("/Users", get(list).post(create_user))
        .route(
            "/Users/{id}",
            get(read).patch(change_user).delete(delete_user),
        )
        .route("/Groups", axum::routing::post(create_group))
        .route("/Groups/{id}", patch(change_group).delete(delete_group))
        .layer(from_fn(check))
        .with_state(peer);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .expect("the port is free");
    axum::serve(listener, routes).await.expect("it serves");
}
