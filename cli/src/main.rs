//! The command line of Muster.

mod assignment;
mod audit;
mod base_url;
mod bench;
mod credential;
mod dev;
mod directory;
mod doctor;
mod environment;
mod error;
mod group;
mod http;
mod organization;
mod output;
mod resources;
mod setup;
mod stack;
mod store;
mod user;

use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use error::CliError;
use store::{Access, Common};

/// A SCIM 2.0 endpoint on AWS.
#[derive(Parser)]
#[command(name = "muster", version = edge::VERSION, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole product on this machine.
    Dev(dev::Options),
    /// Environments: production, staging.
    Environment(On<environment::Command>),
    /// Organizations: the customers.
    Organization(On<organization::Command>),
    /// Directories: the connections of an organization, each to one identity provider.
    Directory(On<directory::Command>),
    /// Credentials of a directory: issue, suspend, resume, rotate, revoke.
    Credential(On<credential::Command>),
    /// Users of a directory: list, show, protect.
    User(On<user::Command>),
    /// Groups of a directory: list, show, map to roles.
    Group(On<group::Command>),
    /// What happened in a directory, and who did it.
    Audit {
        #[command(flatten)]
        options: audit::Options,
        #[command(flatten)]
        common: Common,
    },
    /// What to paste where at an identity provider, step by step.
    Setup {
        #[command(flatten)]
        options: setup::Options,
        #[command(flatten)]
        common: Common,
    },
    /// Check that everything is as it has to be, and say what to do where it is not.
    Doctor {
        #[command(flatten)]
        options: doctor::Options,
        #[command(flatten)]
        common: Common,
    },
    /// Measure how fast a SCIM endpoint answers.
    Bench(bench::Options),
    /// Print a script by which a shell completes these commands.
    Completions {
        /// For this shell.
        shell: Shell,
    },
}

/// Commands that use the table.
#[derive(Args)]
struct On<C: Subcommand> {
    #[command(subcommand)]
    command: C,
    #[command(flatten)]
    common: Common,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster: {error}");
            error.exit_code()
        }
    }
}

async fn run(command: Command) -> Result<(), CliError> {
    match command {
        Command::Dev(options) => Ok(dev::run(options).await?),
        Command::Environment(On { command, common }) => {
            let begins = matches!(command, environment::Command::Create { .. });
            with(common, begins, async |access| {
                environment::run(command, access).await
            })
            .await
        }
        Command::Organization(On { command, common }) => {
            let begins = matches!(command, organization::Command::Create { .. });
            with(common, begins, async |access| {
                organization::run(command, access).await
            })
            .await
        }
        Command::Directory(On { command, common }) => {
            with(common, false, async |access| {
                directory::run(command, access).await
            })
            .await
        }
        Command::Credential(On { command, common }) => {
            with(common, false, async |access| {
                credential::run(command, access).await
            })
            .await
        }
        Command::User(On { command, common }) => {
            with(common, false, async |access| {
                user::run(command, access).await
            })
            .await
        }
        Command::Group(On { command, common }) => {
            with(common, false, async |access| {
                group::run(command, access).await
            })
            .await
        }
        Command::Audit { options, common } => {
            with(common, false, async |access| {
                audit::run(options, access).await
            })
            .await
        }
        Command::Setup { options, common } => {
            with(common, false, async |access| {
                setup::run(options, access).await
            })
            .await
        }
        Command::Doctor { options, common } => doctor::run(options, common).await,
        Command::Bench(options) => bench::run(options).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "muster", &mut script);
            output::print(&String::from_utf8_lossy(&script))
        }
    }
}

/// Opens the table for one command, and closes it whatever came of that.
async fn with(
    common: Common,
    begins: bool,
    command: impl AsyncFnOnce(&Access) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let access = Access::open(common, begins).await?;
    let done = command(&access).await;
    access.close().await;
    done
}
