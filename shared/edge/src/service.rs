use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Method, Response};
use lambda_http::Body;
use scim::{Error, ErrorStatus};
use tokio::time::{Instant, timeout};

use crate::refused::LONGEST_NOTING;
use crate::{Answer, Api, App, Refused, Request, note_refused};

/// Handles the requests of one function.
pub type Handler = for<'a> fn(&'a App, &'a Request) -> BoxFuture<'a, Result<Answer, Error>>;

/// No answer takes longer; API Gateway gives up after 29 seconds.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(25);

/// Answers one request: never fails, whatever happens inside.
pub async fn respond(app: &App, handler: Handler, request: lambda_http::Request) -> Response<Body> {
    let began = Instant::now();
    let Some(request) = Request::from_lambda(request) else {
        let error = Error::new(
            ErrorStatus::InternalServerError,
            "The request did not come through the service's API.",
        );
        return Answer::from(error).into_response(Api::Scim, false);
    };
    let app = app.for_request();
    let time = LONGEST_ANSWER.saturating_sub(LONGEST_NOTING);
    let answer = answer(&app, handler, &request, time).await;
    if answer.status() >= 400 {
        let refused = Refused {
            method: request.method.clone(),
            route: request.route().to_owned(),
            path_parameter: Some(request.path_parameter().to_owned()),
            status: answer.status(),
            scim_type: answer.scim_type().map(str::to_owned),
        };
        note_refused(&app, &request.id, vec![refused]).await;
    }
    tracing::info!(
        request_id = request.id,
        method = %request.method,
        route = request.route(),
        status = answer.status(),
        duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    answer.into_response(request.api, request.method == Method::HEAD)
}

/// The answer of a handler, or what took its place: an error, or 503 when the time is over.
pub async fn answer(app: &App, handler: Handler, request: &Request, time: Duration) -> Answer {
    match timeout(time, handler(app, request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            log(request, &error);
            Answer::from(error)
        }
        Err(_) => Answer::from(Error::new(
            ErrorStatus::ServiceUnavailable,
            "The request took too long: try again later.",
        )),
    }
}

/// What the client is not told.
fn log(request: &Request, error: &Error) {
    if let Some(cause) = &error.cause {
        let mut chain = cause.to_string();
        let mut source = cause.source();
        while let Some(inner) = source {
            chain = format!("{chain}: {inner}");
            source = inner.source();
        }
        tracing::error!(request_id = request.id, cause = chain, "failed to answer");
    }
}
