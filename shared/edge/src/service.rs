use std::time::Duration;

use directory::{Causes, Rights};
use futures_util::future::BoxFuture;
use http::{Method, Response};
use lambda_http::{Body, RequestExt};
use scim::{Error, ErrorStatus};
use tokio::time::timeout;

use crate::refused::LONGEST_NOTING;
use crate::{Answer, Api, App, Invocation, Outcome, Refused, Request, note_refused};

/// Handles the requests of one function.
pub type Handler = for<'a> fn(&'a App, &'a Request) -> BoxFuture<'a, Result<Answer, Error>>;

/// No answer takes longer; API Gateway gives up after 29 seconds.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(25);

/// Answers one request: never fails, whatever happens inside.
pub async fn respond(app: &App, handler: Handler, request: lambda_http::Request) -> Response<Body> {
    let context = request.lambda_context_ref().cloned().unwrap_or_default();
    let Some(request) = Request::from_lambda(request) else {
        let invocation = Invocation::new(None, &context);
        let error = Error::new(
            ErrorStatus::InternalServerError,
            "The request did not come through the service's API.",
        );
        let answer = Answer::from(with_id(error, invocation.request_id()));
        invocation.log(None::<&str>, &outcome("unknown", &answer, false));
        return answer.into_response(Api::Scim, false);
    };
    let app = app.for_request();
    let invocation = Invocation::new(Some(&request.id), &context);
    let answer = invocation.run(answer_noted(&app, handler, &request)).await;
    let operation = format!("{} {}", request.method, request.route());
    let caller = app.caller();
    // A conflict that is noted for the audit trail refuses no credential.
    let is_refused = match answer.status() {
        401 => true,
        403 => caller.is_some_and(|caller| caller.is_refused),
        _ => false,
    };
    let directory = caller.map(|caller| caller.directory);
    invocation.log(directory, &outcome(&operation, &answer, is_refused));
    answer.into_response(request.api, request.method == Method::HEAD)
}

/// The answer; if it is a refusal, the audit trail is told.
async fn answer_noted(app: &App, handler: Handler, request: &Request) -> Answer {
    let time = LONGEST_ANSWER.saturating_sub(LONGEST_NOTING);
    let answer = answer(app, handler, request, time).await;
    if answer.status() >= 400 {
        let refused = Refused {
            method: request.method.clone(),
            route: request.route().to_owned(),
            path_parameter: Some(request.path_parameter().to_owned()),
            status: answer.status(),
            scim_type: answer.scim_type().map(str::to_owned),
        };
        note_refused(app, &request.id, vec![refused]).await;
    }
    answer
}

fn outcome<'a>(operation: &'a str, answer: &'a Answer, is_refused: bool) -> Outcome<'a> {
    Outcome {
        operation,
        status: Some(answer.status()),
        scim_type: answer.scim_type(),
        is_refused,
        ..Outcome::default()
    }
}

/// The answer of a handler, or what took its place: an error, or 503 when the time is over.
pub async fn answer(app: &App, handler: Handler, request: &Request, time: Duration) -> Answer {
    let error = match timeout(time, handler(app, request)).await {
        Ok(Ok(answer)) => return answer,
        Ok(Err(error)) => error,
        Err(_) => Error::new(
            ErrorStatus::ServiceUnavailable,
            "The request took too long: try again later.",
        ),
    };
    log(&error);
    Answer::from(with_id(error, &request.id))
}

/// Answers a verb that a path does not have with those that it has: after the verification, as everything.
pub async fn method_not_allowed(
    app: &App,
    request: &Request,
    allow: &str,
) -> Result<Answer, Error> {
    let nothing = async { Ok(()) };
    app.verified(&request.claim()?, Rights::Read, nothing)
        .await?;
    Ok(Answer::method_not_allowed(allow))
}

/// An error that the client can do nothing about says which request it was: under this id the log tells more.
fn with_id(error: Error, id: &str) -> Error {
    if error.status.code() < 500 || id.is_empty() {
        return error;
    }
    let detail = format!("{} Request id: {id}", error.detail);
    Error { detail, ..error }
}

/// What the client is not told.
fn log(error: &Error) {
    if let Some(cause) = &error.cause {
        tracing::error!(cause = %Causes(cause.as_ref()), "failed to answer");
    }
}
