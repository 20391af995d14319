//! The function `changes`.

use changes::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::start_logging();
    let store = edge::store_from_environment().await?;
    store.warm_up().await;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| {
        let store = store.clone();
        async move { Ok::<_, Error>(changes::handle(&store, event.payload, &event.context).await) }
    }))
    .await
}
