//! The contract of `muster dev`, on which scripts rely: the binary itself, started as they start it.
#![cfg(unix)]

mod running;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use running::{Dev, credentials, folder, muster_dev, send, text};
use serde_json::Value;

fn users(base_url: &Value, token: &Value) -> (u16, Value) {
    let authorization = format!("Bearer {}", token.as_str().unwrap());
    send(
        base_url.as_str().unwrap(),
        "GET",
        "/Users",
        &authorization,
        "",
    )
}

fn create_user(credentials: &Value, name: &str) {
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}"}}"#
    );
    let authorization = format!("Bearer {}", credentials["token"].as_str().unwrap());
    let base_url = credentials["base_url"].as_str().unwrap();
    assert_eq!(
        send(base_url, "POST", "/Users", &authorization, &body).0,
        201
    );
}

#[test]
fn the_credentials_file_says_everything_when_requests_are_answered() {
    let file = folder("credentials").join("credentials.json");
    let dev = Dev::start(&["--users", "3", "--credentials", text(&file)]);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let found = credentials(&file);
    for name in ["base_url", "token"] {
        assert!(
            dev.greeting.contains(found[name].as_str().unwrap()),
            "{name}"
        );
    }
    for name in ["username", "password"] {
        assert!(
            dev.greeting
                .contains(found["basic"][name].as_str().unwrap()),
            "{name}"
        );
    }
    assert!(found["base_url"].as_str().unwrap().ends_with("/scim/v2"));
    assert!(
        found["dynamodb"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    let (status, list) = users(&found["base_url"], &found["token"]);
    assert_eq!((status, &list["totalResults"]), (200, &3.into()));
    assert_eq!(list["Resources"][0]["active"], true);
    let (status, list) = users(&found["base_url"], &found["application_token"]);
    assert_eq!((status, &list["totalResults"]), (200, &3.into()));
    // The other directory is another one.
    assert_ne!(found["directory"], found["other"]["directory"]);
    let (status, list) = users(&found["other"]["base_url"], &found["other"]["token"]);
    assert_eq!((status, &list["totalResults"]), (200, &0.into()));
    let (code, printed) = dev.stop("INT");
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(
        printed.matches("200 GET  /scim/v2/Users").count(),
        3,
        "{printed}"
    );
}

#[test]
fn a_restart_on_the_same_file_keeps_directories_and_secrets() {
    let folder = folder("restart");
    let (data, file) = (folder.join("table"), folder.join("credentials.json"));
    let arguments = ["--data", text(&data), "--credentials", text(&file)];

    let dev = Dev::start(&arguments);
    let first = credentials(&file);
    create_user(&first, "ada@example.com");
    assert_eq!(dev.stop("INT").0, Some(0));

    let dev = Dev::start(&arguments);
    let second = credentials(&file);
    for name in ["directory", "token", "basic", "application_token"] {
        assert_eq!(first[name], second[name], "{name}");
    }
    assert_eq!(first["other"]["token"], second["other"]["token"]);
    let (status, list) = users(&second["base_url"], &second["token"]);
    assert_eq!(status, 200);
    assert_eq!(list["Resources"][0]["userName"], "ada@example.com");
    assert_eq!(dev.stop("TERM").0, Some(0));

    // Without the file nobody knows the secrets: there are new ones, and the old ones hold.
    fs::remove_file(&file).unwrap();
    let dev = Dev::start(&arguments);
    let third = credentials(&file);
    assert_eq!(first["directory"], third["directory"]);
    assert_ne!(first["token"], third["token"]);
    for token in [&first["token"], &third["token"]] {
        let (status, list) = users(&third["base_url"], token);
        assert_eq!((status, &list["totalResults"]), (200, &1.into()));
    }
    assert_eq!(dev.stop("INT").0, Some(0));
}

#[test]
fn the_table_of_another_process_is_used() {
    let folder = folder("dynamodb");
    let (file, other_file) = (folder.join("credentials.json"), folder.join("other.json"));
    let dev = Dev::start(&["--credentials", text(&file)]);
    let first = credentials(&file);
    create_user(&first, "ada@example.com");
    let endpoint = first["dynamodb"].as_str().unwrap();
    let other = Dev::start(&["--dynamodb", endpoint, "--credentials", text(&other_file)]);
    let second = credentials(&other_file);
    assert_eq!(
        (&second["dynamodb"], &second["directory"]),
        (&first["dynamodb"], &first["directory"])
    );
    let (status, list) = users(&second["base_url"], &second["token"]);
    assert_eq!((status, &list["totalResults"]), (200, &1.into()));
    assert_eq!(other.stop("INT").0, Some(0));
    assert_eq!(dev.stop("INT").0, Some(0));
}

#[test]
fn e_mail_addresses_identify_users_where_that_is_asked_for() {
    let file = folder("email").join("credentials.json");
    let dev = Dev::start(&[
        "--users",
        "1",
        "--unique-identifier",
        "email",
        "--credentials",
        text(&file),
    ]);
    let found = credentials(&file);
    let (_, list) = users(&found["base_url"], &found["token"]);
    let email = &list["Resources"][0]["emails"][0]["value"];
    let filter = format!(
        "/Users?filter=email%20eq%20{}",
        email.to_string().replace('"', "%22")
    );
    let authorization = format!("Bearer {}", found["token"].as_str().unwrap());
    let (status, list) = send(
        found["base_url"].as_str().unwrap(),
        "GET",
        &filter,
        &authorization,
        "",
    );
    assert_eq!((status, &list["totalResults"]), (200, &1.into()));
    assert_eq!(dev.stop("INT").0, Some(0));
}

/// Fails with one sentence on standard error, and without having said that it is ready.
#[track_caller]
fn check_refused(arguments: &[&str], sentence: &str) {
    let Output {
        status,
        stdout,
        stderr,
    } = muster_dev(arguments).output().unwrap();
    let complaint = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{complaint}");
    assert_eq!(complaint.trim_end().lines().count(), 1, "{complaint}");
    assert!(
        complaint.starts_with("muster: ") && complaint.contains(sentence),
        "{complaint}"
    );
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
}

#[test]
fn what_cannot_be_is_said_in_one_sentence() {
    let folder = folder("refused");
    let credentials = folder.join("credentials.json");
    let credentials_option = [
        "--credentials",
        text(&credentials),
        "--listen",
        "127.0.0.1:0",
    ];

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check_refused(
        &["--listen", &address, "--credentials", text(&credentials)],
        &format!("cannot listen on {address}"),
    );
    check_refused(
        &[&credentials_option[..], &["--dynamodb-listen", &address]].concat(),
        &format!("cannot listen on {address}"),
    );

    let no_table = folder.join("no-table");
    fs::write(
        &no_table,
        "This is a letter, and not a table of anything at all.\n".repeat(100),
    )
    .unwrap();
    let letter = fs::read(&no_table).unwrap();
    check_refused(
        &[&credentials_option[..], &["--data", text(&no_table)]].concat(),
        "no-table",
    );
    assert_eq!(fs::read(&no_table).unwrap(), letter);
    let nowhere = folder.join("nowhere/table");
    check_refused(
        &[&credentials_option[..], &["--data", text(&nowhere)]].concat(),
        "nowhere",
    );

    // Nobody listens there: the port was free a moment ago and is not given out again so soon.
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let endpoint = format!("http://{free}");
    check_refused(
        &[&credentials_option[..], &["--dynamodb", &endpoint]].concat(),
        &endpoint,
    );

    assert!(!credentials.exists(), "written although nothing was ready");
    fs::write(&credentials, "my diary").unwrap();
    check_refused(&credentials_option, "credentials file");
    assert_eq!(fs::read_to_string(&credentials).unwrap(), "my diary");
}

/// A pipe holds 64 KB, and the lines that wait are bounded: so many requests fill both.
#[test]
fn that_nobody_reads_what_it_prints_holds_up_no_request() {
    let file = folder("unread").join("credentials.json");
    let dev = Dev::start_unread(&["--credentials", text(&file)]);
    let found = credentials(&file);
    let base_url = found["base_url"].as_str().unwrap();
    for _ in 0..2_800 {
        assert_eq!(send(base_url, "GET", "/Users", "", "").0, 401);
    }
    assert_eq!(dev.stop("INT").0, Some(0));
}
