//! `muster bench`: how fast a SCIM endpoint answers, Muster's or another's. Nothing is asked of it but what RFC 7644 has.

mod figures;
mod known;
mod phase;
mod turns;
mod user;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use ::directory::{Environment, SystemEnvironment};
use clap::Args;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::credential::duration;
use crate::error::CliError;
use crate::output::{Output, fields, note, table};
use figures::Figures;
use known::Known;
use phase::Phase;
use worker::{Limit, Worker, measure};

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// The base URL of the endpoint. Its users are changed: it is to be one for trials.
    base_url: String,
    /// The token that its identity provider has.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "MUSTER_TOKEN",
        hide_env_values = true
    )]
    token: SecretString,
    /// How many connections, each with one request at a time.
    #[arg(long, value_name = "N", default_value = "16", value_parser = from_one_on)]
    connections: usize,
    /// Create users first, until there are so many. They stay.
    #[arg(long, value_name = "N")]
    users: Option<usize>,
    /// If that takes longer, go on with as many as there are.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    fill_time: Duration,
    /// Which phases, in this order; all of them without it.
    #[arg(long, value_name = "PHASE,...", value_delimiter = ',', default_values_t = Phase::ALL, hide_default_value = true)]
    phases: Vec<Phase>,
    /// How long each phase is.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    duration: Duration,
    /// How many requests each phase has, instead.
    #[arg(long, value_name = "N", conflicts_with = "duration", value_parser = from_one_on)]
    requests: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn from_one_on(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("write a number from 1 on"),
    }
}

/// What was measured.
struct Report {
    base_url: String,
    connections: usize,
    users: usize,
    phases: Vec<(Phase, Figures)>,
}

pub(crate) async fn run(options: Options) -> Result<(), CliError> {
    let run = run_id(&SystemEnvironment);
    let worker = |number| {
        Worker::new(
            &options.base_url,
            &options.token,
            &run,
            number,
            options.connections,
        )
    };
    let mut workers: Vec<_> = (0..options.connections).map(worker).collect();
    let mut created = None;
    if let Some(users) = options.users {
        (workers, created) = fill(workers, users, options.fill_time).await?;
    }
    let known = Arc::new(match created {
        Some(known) => known,
        None => workers[0].known_users().await?,
    });
    if known.is_empty() && options.phases.iter().any(|phase| phase.needs_users()) {
        let reason = "there are no users to ask for: create some with --users";
        return Err(CliError::Refused(reason.to_owned()));
    }
    let limit = match options.requests {
        Some(requests) => Limit::requests(requests),
        None => Limit::time(options.duration),
    };
    let mut phases = Vec::new();
    for phase in options.phases {
        let figures;
        (workers, figures) = measure(workers, phase, &known, limit).await;
        phases.push((phase, figures));
    }
    for worker in workers {
        worker.clear_away().await;
    }
    let report = Report {
        base_url: options.base_url,
        connections: options.connections,
        users: known.total,
        phases,
    };
    report.print(Output { json: options.json })
}

/// Tells the users of this run from those of others.
fn run_id(environment: &dyn Environment) -> Arc<str> {
    let mut random = [0; 4];
    environment.fill(&mut random);
    format!("{:08x}", u32::from_be_bytes(random)).into()
}

/// Creates users until there are so many, or the time is over. If nobody was there before, they are all who are known: nobody has
/// to list them, which is more than some endpoints can.
async fn fill(
    workers: Vec<Worker>,
    users: usize,
    time: Duration,
) -> Result<(Vec<Worker>, Option<Known>), CliError> {
    let present = workers[0].users(1).await?.total;
    let missing = users.saturating_sub(present);
    if missing == 0 {
        return Ok((workers, None));
    }
    note(&format!("Creating {missing} users."));
    let limit = Limit::either(missing, time);
    let (mut workers, figures) =
        measure(workers, Phase::Create, &Arc::new(Known::default()), limit).await;
    let everybody = Known::of_all(worker::keep_created(&mut workers));
    let created = figures.requests();
    if created < missing {
        let reason = figures.first_error.unwrap_or("the time is over".to_owned());
        note(&format!("Only {created} were created: {reason}."));
    }
    Ok((workers, (present == 0).then_some(everybody)))
}

impl Report {
    fn print(&self, output: Output) -> Result<(), CliError> {
        output.show(&self.to_json(), || {
            let head = fields(&[
                ("Base URL", self.base_url.clone()),
                ("Users", self.users.to_string()),
                ("Connections", self.connections.to_string()),
            ]);
            let rows = self.phases.iter().map(|(phase, figures)| {
                let mut row = vec![phase.to_string()];
                row.extend(figures.cells());
                row
            });
            let header = [&["PHASE"][..], &Figures::HEADER].concat();
            format!("{head}\n{}", table(&header, &rows.collect::<Vec<_>>()))
        })?;
        if !output.json {
            for (phase, figures) in &self.phases {
                if let Some(error) = &figures.first_error {
                    note(&format!("The first error of {phase}: {error}"));
                }
            }
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let phases = self.phases.iter().map(|(phase, figures)| {
            let mut json = figures.to_json();
            json["phase"] = phase.to_string().into();
            json
        });
        json!({
            "base_url": self.base_url,
            "connections": self.connections,
            "users": self.users,
            "phases": phases.collect::<Vec<_>>(),
        })
    }
}
