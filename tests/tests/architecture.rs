//! The shape that ARCHITECTURE.md promises, kept over `cargo metadata` and the source files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// The layers, from the lowest: a package may depend on packages of lower layers only. `bulk` calls other functions.
const LAYERS: [&str; 8] = [
    "shared/scim",
    "shared/directory",
    "shared/edge",
    "functions/",
    "functions/bulk",
    "infra/local",
    "cli",
    "tests",
];
/// The command line and the tests stand beside each other on top.
const TOP: usize = 6;
const LONGEST_FILE: usize = 800;

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap()
}

/// The workspace as it is built on this machine: other platforms' packages need not have been downloaded.
fn metadata() -> Metadata {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked", "--filter-platform", host].map(str::to_owned))
        .exec()
        .unwrap()
}

/// A package's folder below the workspace's root, for the members.
fn folder(package: &Package) -> String {
    let manifest = package
        .manifest_path
        .as_std_path()
        .parent()
        .unwrap()
        .canonicalize()
        .unwrap();
    manifest
        .strip_prefix(root())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

fn layer(package: &Package) -> usize {
    let folder = folder(package);
    let layer = LAYERS
        .iter()
        .rposition(|layer| folder == *layer || layer.ends_with('/') && folder.starts_with(layer));
    layer
        .unwrap_or_else(|| panic!("`{folder}` has no place in the layers"))
        .min(TOP)
}

/// What a package needs to be built and to run, directly and through others; its own tests' needs are not among it.
fn below<'a>(metadata: &'a Metadata, package: &PackageId) -> BTreeSet<&'a str> {
    let nodes: BTreeMap<_, _> = metadata
        .resolve
        .as_ref()
        .unwrap()
        .nodes
        .iter()
        .map(|node| (&node.id, node))
        .collect();
    let mut found = BTreeSet::new();
    let mut open = vec![package];
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let is_needed = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if is_needed && found.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    found
        .into_iter()
        .map(|id| metadata[id].name.as_str())
        .collect()
}

#[test]
fn dependencies_run_one_way() {
    let metadata = metadata();
    let members = metadata.workspace_packages();
    for package in &members {
        for dependency in &package.dependencies {
            let Some(member) = members
                .iter()
                .find(|member| *member.name == dependency.name && dependency.path.is_some())
            else {
                continue;
            };
            assert!(
                layer(member) < layer(package),
                "`{}` depends on `{}`",
                package.name,
                member.name
            );
        }
    }
}

#[test]
fn the_protocol_is_pure() {
    let metadata = metadata();
    let scim = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| folder(package) == "shared/scim")
        .unwrap();
    let below = below(&metadata, &scim.id);
    assert!(below.contains("serde_json"));
    let impure: Vec<_> = below
        .iter()
        .filter(|name| {
            ["aws", "lambda_", "tokio", "hyper", "http", "getrandom"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .collect();
    assert!(impure.is_empty(), "scim needs {impure:?}");
}

#[test]
fn no_function_has_the_local_stack_in_it() {
    let metadata = metadata();
    let members = metadata.workspace_packages();
    let functions: Vec<_> = members
        .iter()
        .filter(|package| folder(package).starts_with("functions/"))
        .collect();
    assert!(!functions.is_empty());
    for function in functions {
        let below = below(&metadata, &function.id);
        assert!(below.contains("aws-sdk-dynamodb"), "{}", function.name);
        for local in [
            "dynoxide-rs",
            "rusqlite",
            "mimalloc",
            "local",
            "clap",
            "flate2",
        ] {
            assert!(!below.contains(local), "`{}` links {local}", function.name);
        }
    }
}

#[test]
fn old_tls_and_http_are_not_linked() {
    let metadata = metadata();
    let versions = |name: &str| -> Vec<_> {
        let named = metadata.packages.iter().filter(|it| *it.name == name);
        named
            .map(|it| (it.version.major, it.version.minor))
            .collect()
    };
    assert!(!versions("hyper").is_empty() && !versions("rustls").is_empty());
    assert!(versions("hyper").iter().all(|version| *version >= (1, 0)));
    assert!(versions("rustls").iter().all(|version| *version >= (0, 23)));
    assert!(versions("openssl").is_empty() && versions("native-tls").is_empty());
}

#[test]
fn a_file_is_one_thing() {
    let mut files = Vec::new();
    for folder in ["shared", "functions", "infra", "cli", "tests"] {
        source_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 50);
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines",
            file.display()
        );
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert!(
            !["util", "utils", "helper", "helpers", "common", "misc"].contains(&name),
            "{} is not named after what is in it",
            file.display()
        );
    }
}

#[test]
fn the_main_of_a_function_only_starts_it() {
    let mut files = Vec::new();
    source_files(&root().join("functions"), &mut files);
    let mains: Vec<_> = files
        .iter()
        .filter(|file| file.ends_with("src/main.rs"))
        .collect();
    assert!(!mains.is_empty());
    for main in mains {
        let lines = fs::read_to_string(main).unwrap().lines().count();
        assert!(lines <= 40, "{} has {lines} lines", main.display());
    }
}

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            source_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
