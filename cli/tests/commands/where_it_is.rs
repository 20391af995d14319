//! Where the table is: in AWS, in a file, behind a running stack.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use crate::given::{Muster, Ran, muster};
use crate::running::{Dev, credentials, folder, text};

#[test]
fn a_file_that_another_process_holds_is_refused() {
    let muster = Muster::on_a_file("held");
    muster.ok(&["organization", "create", "acme"]);
    let file = muster.folder.join("credentials.json");
    let dev = Dev::start(&["--data", text(muster.data()), "--credentials", text(&file)]);
    let endpoint = credentials(&file)["dynamodb"].as_str().unwrap().to_owned();
    let hint = format!(
        "is held by another process, such as a running `muster dev`: stop it, or use --dynamodb {endpoint}"
    );
    muster.refused(&["directory", "list"], 3, &hint);
    let other =
        crate::running::muster_dev(&["--data", text(muster.data()), "--listen", "127.0.0.1:0"])
            .output()
            .unwrap();
    Ran::from(other).check_refused(1, &hint);
    // Beside it, and what the file had is still there.
    let beside = Muster::beside("held-beside", &endpoint.into());
    assert_eq!(
        beside.json(&["organization", "show", "acme"])["directories"],
        1
    );
    assert_eq!(dev.stop("INT").0, Some(0));
    assert_eq!(
        muster.json(&["organization", "show", "globex"])["directories"],
        1
    );
}

#[test]
fn a_table_that_cannot_be_used_is_exit_code_3() {
    let check = |place: &[&str], sentence: &str| {
        let output = muster(&[&["directory", "list"], place].concat())
            .output()
            .unwrap();
        Ran::from(output).check_refused(3, sentence);
    };
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("http://{free}");
    check(
        &["--dynamodb", &nobody],
        "the table cannot be reached: Connection refused",
    );
    check(&["--data", "/nowhere/at/all"], "/nowhere/at/all");
    check(&[], "Name the stack with --stack or MUSTER_STACK");
    check(&["--table", "muster-Table-1"], "no AWS region is set");
    let mut nobody_signed_in = muster(&["directory", "list", "--table", "muster-Table-1"]);
    nobody_signed_in
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    Ran::from(nobody_signed_in.output().unwrap()).check_refused(
        3,
        "AWS does not know who is calling: no credentials found in chain: sign in",
    );
    check(
        &["--stack", "muster", "--table", "muster-Table-1"],
        "both a stack and a table are named",
    );
    let both = muster(&["directory", "list", "--data", "x", "--dynamodb", &nobody])
        .output()
        .unwrap();
    assert_eq!(both.status.code(), Some(2));
}

/// Answers `GetCallerIdentity` as STS does, once: there is no STS on this machine.
fn caller_identity(arn: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            std::io::Read::read_exact(&mut reader, &mut body).unwrap();
            assert!(
                String::from_utf8(body)
                    .unwrap()
                    .contains("Action=GetCallerIdentity")
            );
            let xml = format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>{arn}</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
            );
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{xml}",
                xml.len()
            )
            .unwrap();
        }
    });
    endpoint
}

#[test]
fn in_aws_the_table_is_named_and_the_caller_is_who_aws_says() {
    let file = folder("aws").join("credentials.json");
    let _dev = Dev::start(&["--credentials", text(&file)]);
    let dynamodb = credentials(&file)["dynamodb"].as_str().unwrap().to_owned();
    let sts = caller_identity("arn:aws:iam::111122223333:user/alice");
    let run = |arguments: &[&str], table: &str| {
        let mut command = muster(arguments);
        in_aws(&mut command, &dynamodb, &sts).env("MUSTER_TABLE", table);
        Ran::from(command.output().unwrap())
    };
    let listed = run(&["directory", "list"], "muster");
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    assert!(
        listed.stdout.contains("acme/main") && listed.stdout.contains("globex/main"),
        "{}",
        listed.stdout
    );
    let named = run(
        &["directory", "show", "acme/main", "--table", "muster"],
        "other",
    );
    assert_eq!(
        named.code,
        Some(0),
        "an option goes before the environment: {}",
        named.stderr
    );
    let missing = run(&["directory", "list"], "no-such-table");
    missing.check_refused(3, "there is no such table in this account and region");
    let refused = run(&["directory", "list"], "x");
    refused.check_refused(3, "the table refused a call: ValidationException: ");
    let doctor = run(&["doctor"], "no-such-table");
    assert_eq!(doctor.code, Some(1));
    assert!(
        doctor
            .stdout
            .contains("ok      access  as arn:aws:iam::111122223333:user/alice\n"),
        "{}",
        doctor.stdout
    );
    assert!(
        doctor
            .stdout
            .contains("failed  table   there is no such table"),
        "{}",
        doctor.stdout
    );
}

fn in_aws<'a>(command: &'a mut Command, dynamodb: &str, sts: &str) -> &'a mut Command {
    command
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        )
        .env("AWS_ENDPOINT_URL_DYNAMODB", dynamodb)
        .env("AWS_ENDPOINT_URL_STS", sts)
}

#[test]
fn completions_are_scripts_of_their_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let Output { status, stdout, .. } = muster(&["completions", shell]).output().unwrap();
        assert!(status.success(), "{shell}");
        let script = String::from_utf8(stdout).unwrap();
        assert!(script.contains("make-primary"), "{shell}");
        if shell == "bash" {
            let mut bash = Command::new("bash")
                .arg("-n")
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            bash.stdin
                .take()
                .unwrap()
                .write_all(script.as_bytes())
                .unwrap();
            assert!(bash.wait().unwrap().success());
        }
    }
    assert_eq!(
        muster(&["completions", "dos"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}
