//! Who is refused is told how to authenticate, and secrets cannot be guessed (RFC 7644 §2, §7.4).

use std::collections::{BTreeMap, BTreeSet};

use directory::{CredentialKind, Rights};
use end_to_end::Api;
use secrecy::ExposeSecret;

#[tokio::test]
async fn a_401_names_bearer_and_basic() {
    const BOTH: &str = "Bearer realm=\"scim\", Basic realm=\"scim\"";
    let api = Api::start().await;
    for authorization in [None, Some("Bearer x"), Some("Basic eDp5"), Some("Digest x")] {
        let answer = api.client_with(authorization).get("/Users").await;
        assert_eq!(answer.status, 401, "{authorization:?}");
        assert_eq!(answer.header("www-authenticate"), BOTH, "{authorization:?}");
    }
    // The gateway still allows what it has allowed before; the function refuses it, and the gateway renames its header.
    let issued = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let client = api.client_with(Some(issued.token.expose_secret()));
    assert_eq!(client.get("/Users").await.status, 200);
    api.administration()
        .revoke_credential(api.directory, &issued.id)
        .await
        .unwrap();
    let answer = client.get("/Users").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("x-amzn-remapped-www-authenticate"), BOTH);
}

#[tokio::test]
async fn a_secret_is_256_random_bits() {
    let api = Api::start().await;
    let (mut secrets, mut digits) = (BTreeSet::new(), BTreeMap::new());
    for _ in 0..200 {
        let issued = api
            .issue(CredentialKind::Provisioner, Rights::ReadAndWrite)
            .await;
        let secret = issued.password.expose_secret().to_owned();
        assert!(issued.token.expose_secret().contains(&secret));
        // log2(62) * 43 > 256.
        assert_eq!(secret.len(), 43);
        for digit in secret.chars() {
            *digits.entry(digit).or_insert(0) += 1;
        }
        secrets.insert(secret);
        api.administration()
            .revoke_credential(api.directory, &issued.id)
            .await
            .unwrap();
    }
    assert_eq!(secrets.len(), 200);
    // All 62 letters and digits, each about as often as the others: 8,600 / 62 = 139 times.
    assert_eq!(digits.len(), 62);
    for (digit, times) in digits {
        assert!(digit.is_ascii_alphanumeric(), "{digit}");
        assert!((90..190).contains(&times), "`{digit}` {times} times");
    }
}
