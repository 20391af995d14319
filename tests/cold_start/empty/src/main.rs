//! A function that answers 204 to everything: what a Rust function costs before it does anything.

use lambda_http::{Body, Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::run(service_fn(|_: Request| async {
        let mut response = http::Response::new(Body::Empty);
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        Ok::<_, Error>(response)
    }))
    .await
}
