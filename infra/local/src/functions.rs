//! The functions themselves, as the gateway calls them: through the same adapter as in Lambda, the event's JSON in and
//! the answer's out.

use std::collections::BTreeMap;
use std::sync::Arc;

use authorizer::Authorizer;
use bytes::Bytes;
use directory::Store;
use edge::{App, Handler, respond};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent, Service, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::gateway::{Function, FunctionError};
use crate::guard::within;

const AUTHORIZER: &str = "Authorizer";

/// Every function that the gateway calls, by its logical id there.
pub(crate) fn functions(app: &App) -> BTreeMap<String, Function> {
    let behind_edge: [(&'static str, Handler); 5] = [
        ("Admin", admin::handle),
        ("Bulk", bulk::handle),
        ("Users", users::handle),
        ("Groups", groups::handle),
        ("Discovery", discovery::handle),
    ];
    let behind_edge = behind_edge
        .into_iter()
        .map(|(id, handler)| (id.to_owned(), edge_function(id, app.clone(), handler)));
    let authorizer = (
        AUTHORIZER.to_owned(),
        authorizer_function(Authorizer::new(app.clone())),
    );
    behind_edge.chain([authorizer]).collect()
}

fn edge_function(id: &'static str, app: App, handler: Handler) -> Function {
    Arc::new(move |event| {
        let app = app.clone();
        let answer = async move {
            let event: LambdaRequest = read(&event)?;
            let mut adapter = Adapter::from(service_fn(|request| async {
                let response = respond(&app, handler, request).await;
                Ok::<_, FunctionError>(response)
            }));
            let event = LambdaEvent::new(event, Context::default());
            json(&adapter.call(event).await?)
        };
        Box::pin(within(id, answer))
    })
}

fn authorizer_function(authorizer: Authorizer) -> Function {
    Arc::new(move |event| {
        let authorizer = authorizer.clone();
        let answer = async move {
            let context = Context::default();
            let policy = authorizer.authorize(&read(&event)?, &context).await;
            json(&policy.map_err(|error| FunctionError(error.to_string()))?)
        };
        Box::pin(within(AUTHORIZER, answer))
    })
}

/// The function that follows the table's stream; it has no route.
pub(crate) fn changes_function(store: &Store) -> Function {
    let store = store.clone();
    Arc::new(move |event| {
        let store = store.clone();
        let answer =
            async move { json(&changes::handle(&store, read(&event)?, &Context::default()).await) };
        Box::pin(within("Changes", answer))
    })
}

fn read<T: DeserializeOwned>(event: &Bytes) -> Result<T, FunctionError> {
    serde_json::from_slice(event).map_err(|error| FunctionError(error.to_string()))
}

fn json(answer: &impl Serialize) -> Result<Value, FunctionError> {
    serde_json::to_value(answer).map_err(|error| FunctionError(error.to_string()))
}
