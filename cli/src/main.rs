//! The command line of Muster.

mod dev;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A SCIM 2.0 endpoint on AWS.
#[derive(Parser)]
#[command(name = "muster", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole product on this machine.
    Dev(dev::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Dev(options) = Arguments::parse().command;
    match dev::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster: {error}");
            ExitCode::FAILURE
        }
    }
}
