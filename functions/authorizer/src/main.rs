//! The function `authorizer`.

use authorizer::Authorizer;
use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::start_logging();
    let store = edge::store_from_environment().await?;
    store.warm_up().await;
    let authorizer = Authorizer::new(edge::App::new(store));
    lambda_runtime::run(service_fn(
        |event: LambdaEvent<ApiGatewayCustomAuthorizerRequestTypeRequest>| {
            let authorizer = authorizer.clone();
            async move {
                let policy = authorizer.authorize(&event.payload, &event.context);
                policy.await.map_err(Error::from)
            }
        },
    ))
    .await
}
