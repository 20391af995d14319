use std::time::Duration;

use directory::{DirectoryId, Environment, Settings, Store, SystemEnvironment};
use jiff::Timestamp;

use crate::place::random;
use crate::{Api, Client, create_directory};

/// Where a transcript is played.
pub(super) enum Venue {
    /// An API of its own, with a clock that stands still.
    Api(Box<Api>),
    /// A directory of its own in the deployment at `MUSTER_TEST_BASE_URL`, whose table the environment names as it does for the
    /// functions.
    Deployment {
        base_url: String,
        store: Store,
        organization: String,
        directory: DirectoryId,
    },
}

impl Venue {
    pub async fn find(settings: Settings) -> Self {
        let Some(base_url) = deployment() else {
            return Self::Api(Box::new(Api::with(settings).await));
        };
        let store = edge::store_from_environment().await;
        let store = store.expect("the environment names the table");
        let organization = format!("transcript-{:016x}", random());
        let name = format!("{organization}/main");
        let directory = create_directory(&store, &name, &settings).await;
        Self::Deployment {
            base_url,
            store,
            organization,
            directory,
        }
    }

    pub fn base_url(&self) -> String {
        match self {
            Self::Api(api) => api.base_url(),
            Self::Deployment { base_url, .. } => base_url.clone(),
        }
    }

    pub fn store(&self) -> &Store {
        match self {
            Self::Api(api) => &api.store,
            Self::Deployment { store, .. } => store,
        }
    }

    pub fn directory(&self) -> DirectoryId {
        match self {
            Self::Api(api) => api.directory,
            Self::Deployment { directory, .. } => *directory,
        }
    }

    /// A directory of another organization.
    pub async fn other_directory(&self) -> DirectoryId {
        let name = match self {
            Self::Api(_) => "globex/main".to_owned(),
            Self::Deployment { organization, .. } => format!("{organization}-other/main"),
        };
        create_directory(self.store(), &name, &Settings::default()).await
    }

    pub fn client_with(&self, authorization: Option<&str>) -> Client {
        Client::new(self.base_url(), authorization)
    }

    /// The time, as precisely as answers tell it.
    pub fn now(&self) -> Timestamp {
        let now = match self {
            Self::Api(api) => api.environment.now(),
            Self::Deployment { .. } => SystemEnvironment.now(),
        };
        Timestamp::from_millisecond(now.as_millisecond()).expect("a time")
    }

    /// Lets the second go by that is between two requests. In a deployment time goes by of itself.
    pub fn tick(&self) {
        if let Self::Api(api) = self {
            api.environment.advance(Duration::from_secs(1));
        }
    }

    /// Lets so much time go by.
    ///
    /// # Panics
    /// In a deployment.
    pub fn advance(&self, by: Duration) {
        let Self::Api(api) = self else {
            panic!("a deployment's clock cannot be moved: this transcript is not for it")
        };
        api.environment.advance(by);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch by which whoever runs the tests says where"
)]
fn deployment() -> Option<String> {
    std::env::var("MUSTER_TEST_BASE_URL").ok()
}
