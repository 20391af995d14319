use serde_json::Value;

use crate::given::{Muster, Ran, muster};
use crate::running::{Dev, credentials, folder, text};

/// Phases in the order in which they are run.
const PHASES: [&str; 9] = [
    "create",
    "delete",
    "get",
    "match",
    "patch",
    "deactivate",
    "add-member",
    "remove-member",
    "page",
];

struct Endpoint {
    _dev: Dev,
    muster: Muster,
    base_url: String,
    token: String,
}

impl Endpoint {
    fn new(test: &str) -> Self {
        let file = folder(&format!("{test}-stack")).join("credentials.json");
        let dev = Dev::start(&["--credentials", text(&file)]);
        let credentials = credentials(&file);
        let word = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Self {
            _dev: dev,
            muster: Muster::beside(test, &credentials["dynamodb"]),
            base_url: word("base_url"),
            token: word("token"),
        }
    }

    fn run(&self, token: &str, options: &[&str]) -> Ran {
        let mut command =
            muster(&[&["bench", &self.base_url, "--connections", "4"], options].concat());
        command.env("MUSTER_TOKEN", token).output().unwrap().into()
    }

    #[track_caller]
    fn measure(&self, token: &str, options: &[&str]) -> Value {
        let ran = self.run(token, &[options, &["--json"]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// How many users and groups there are, of whom the identity provider sees.
    fn left(&self) -> [usize; 3] {
        let users = self.muster.json(&["user", "list", "acme/main"]);
        let users = users.as_array().unwrap();
        let active = users.iter().filter(|user| user["active"] == true);
        let groups = self.muster.json(&["group", "list", "acme/main"]);
        [
            users.len(),
            active.count(),
            groups.as_array().unwrap().len(),
        ]
    }
}

#[test]
fn each_phase_is_measured_and_nothing_but_users_is_left() {
    let endpoint = Endpoint::new("bench");
    let report = endpoint.measure(&endpoint.token, &["--users", "110", "--requests", "16"]);
    assert_eq!(
        (&report["users"], &report["connections"]),
        (&110.into(), &4.into())
    );
    let phases = report["phases"].as_array().unwrap();
    let names: Vec<_> = phases
        .iter()
        .map(|phase| phase["phase"].as_str().unwrap())
        .collect();
    assert_eq!(names, PHASES);
    for phase in phases {
        assert_eq!(
            (&phase["requests"], &phase["errors"]),
            (&16.into(), &0.into()),
            "{report:#}"
        );
        assert_eq!(phase["first_error"], Value::Null);
        let figure = |name: &str| phase[name].as_f64().unwrap();
        assert!(figure("per_second") > 0.0, "{report:#}");
        assert!(
            0.0 < figure("p50_ms") && figure("p50_ms") <= figure("p99_ms"),
            "{report:#}"
        );
    }
    assert_eq!(endpoint.left(), [110, 94, 0]);
    // Those who are there count; each of them was asked twice, and is as before.
    let options = [
        "--users",
        "110",
        "--requests",
        "220",
        "--phases",
        "deactivate,create",
    ];
    let report = endpoint.measure(&endpoint.token, &options);
    assert_eq!(report["phases"].as_array().unwrap().len(), 2);
    assert_eq!(endpoint.left(), [330, 314, 0]);
}

#[test]
fn what_an_endpoint_does_not_do_is_an_error_of_its_phase() {
    let endpoint = Endpoint::new("bench-read-only");
    endpoint.measure(
        &endpoint.token,
        &["--users", "3", "--phases", "get", "--requests", "4"],
    );
    let issue = ["credential", "issue", "acme/main", "--read-only"];
    let issued = endpoint.muster.json(&issue);
    let report = endpoint.measure(issued["token"].as_str().unwrap(), &["--requests", "8"]);
    for phase in report["phases"].as_array().unwrap() {
        let (requests, errors, error) = match phase["phase"].as_str().unwrap() {
            "get" | "match" | "page" => (8, 0, None),
            // Nothing was made that could be taken back.
            "delete" | "remove-member" => (0, 0, None),
            "add-member" => (0, 8, Some("POST /Groups: it answered 403")),
            "create" => (
                0,
                8,
                Some("POST /Users: it answered 403 instead of 201: This credential may read"),
            ),
            _ => (
                0,
                8,
                Some(": it answered 403 instead of 200: This credential may read"),
            ),
        };
        assert_eq!(
            (&phase["requests"], &phase["errors"]),
            (&requests.into(), &errors.into()),
            "{phase:#}"
        );
        let first = phase["first_error"].as_str();
        assert_eq!(first.is_some(), error.is_some(), "{phase:#}");
        assert!(
            first
                .unwrap_or_default()
                .contains(error.unwrap_or_default()),
            "{phase:#}"
        );
    }
    assert_eq!(endpoint.left(), [3, 3, 0]);
}

#[test]
fn what_cannot_be_measured_is_said_in_one_sentence() {
    let endpoint = Endpoint::new("bench-refused");
    endpoint
        .run(&endpoint.token, &[])
        .check_refused(5, "create some with --users");
    endpoint
        .run("junk", &[])
        .check_refused(1, "GET /Users?startIndex=1&count=100: it answered 401");
    // For a time, and for a number of requests: both cannot be.
    let both = ["--requests", "1", "--duration", "1s"];
    assert_eq!(endpoint.run(&endpoint.token, &both).code, Some(2));
}

#[test]
fn creating_users_ends_with_its_time() {
    let endpoint = Endpoint::new("bench-fill");
    let options = [
        "--users",
        "1000000",
        "--fill-time",
        "1s",
        "--phases",
        "get",
        "--duration",
        "1s",
    ];
    let ran = endpoint.run(&endpoint.token, &options);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let users = endpoint.left()[0];
    assert!((1..1_000_000).contains(&users));
    assert!(
        ran.stderr
            .contains(&format!("Only {users} were created: the time is over.")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.contains(&format!("Users        {users}\n")),
        "{}",
        ran.stdout
    );
}
