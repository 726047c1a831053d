//! `demo`: two throw-away servers with deliberate faults; validate, fix, migrate three databases, verify, report.

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::app::RunOption;
use crate::cli::args::{Arguments, Command, DemoArgs};
use crate::cli::commands::{migrate, validate};
use crate::cli::{Context, Exit, output};
use crate::demo::{Cluster, ClusterOptions, Install, installs};
use crate::error::Error;

/// The databases of the source, each with what fills it.
const DATABASES: [(&str, &str); 3] = [
    ("shop", include_str!("../../demo/source.sql")),
    ("crm", include_str!("../../demo/crm.sql")),
    ("metrics", include_str!("../../demo/metrics.sql")),
];

pub(crate) async fn run(args: &DemoArgs, context: &mut Context) -> Result<Exit, Error> {
    let found = installs(&context.env);
    let (Some(oldest), Some(newest)) = (found.iter().find(|i| i.major >= 13).or(found.first()), found.last())
    else {
        return Err(Error::Usage {
            message: "no PostgreSQL server programs were found on this machine".to_owned(),
            hint: Some(
                "run scripts/setup 13 18, or install the distribution's postgresql package".to_owned(),
            ),
        });
    };
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("/tmp/pgpassage-demo-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder).map_err(|source| Error::File {
        action: "make",
        path: folder.clone(),
        source,
    })?;
    let folder =
        folder.canonicalize().map_err(|source| Error::File { action: "find", path: folder, source })?;
    let source = start(oldest, &folder, "source")?;
    let target = start(newest, &folder, "target")?;
    for (name, sql) in DATABASES {
        execute(&source, "postgres", &format!("create database {name}")).await?;
        execute(&source, name, sql).await?;
    }
    execute(&target, "postgres", include_str!("../../demo/target.sql")).await?;

    let before = folder.join("before.html");
    let validated = command("validate", &source, &target, &before, context).await?;
    output::complain(&format!("\nThese faults were seeded on purpose. The report: {}", before.display()));
    if validated != Exit::Findings {
        return Err(Error::Demo(
            "the demonstration should have found the seeded faults and nothing else".to_owned(),
        ));
    }
    output::complain("\nNow what the report advises is done, and the same servers are tried again.");
    execute(&source, "shop", include_str!("../../demo/fixes.sql")).await?;
    execute(&source, "postgres", "alter database crm owner to shop_owner; alter database metrics owner to shop_owner; alter database shop owner to shop_owner").await?;
    execute(&target, "postgres", "alter role pgpassage_mover createdb; grant shop_owner to pgpassage_mover")
        .await?;
    let report = folder.join("report.html");
    let migrated = command("validate-and-migrate", &source, &target, &report, context).await?;
    output::complain(&format!(
        "\nThree databases were migrated and verified. The report: {}",
        report.display()
    ));
    if args.keep {
        output::complain("The servers run until you press Ctrl-C.");
        // Canceled by the key; the servers then stop with it.
        context.signals.next().await;
    }
    match migrated {
        Exit::Ready => Ok(Exit::Ready),
        _ => Err(Error::Demo("the demonstration should have migrated and verified everything".to_owned())),
    }
}

/// Runs a command as a user would, and shows how.
async fn command(
    name: &str,
    source: &Cluster,
    target: &Cluster,
    report: &Path,
    context: &mut Context,
) -> Result<Exit, Error> {
    let source = source.conninfo("pgpassage_mover", "shop");
    let target = target.conninfo("pgpassage_mover", "postgres");
    let state = report.with_file_name("state").to_string_lossy().into_owned();
    let run = format!("demo-{name}");
    let report = report.to_string_lossy().into_owned();
    let databases = "-d shop -d crm -d metrics";
    output::complain(&format!(
        "\n$ pgpassage {name} --source \"{source}\" \\\n    --target \"{target}\" \\\n    {databases} --report {report}\n"
    ));
    let mut arguments =
        vec!["pgpassage", name, "--source", &source, "--target", &target, "--report", &report];
    arguments.extend(["--state-dir", &state, "--migration-name", &run]);
    arguments.extend(databases.split(' '));
    let parsed = Arguments::try_parse_from(arguments).map_err(|e| Error::Demo(e.to_string()))?;
    match parsed.command {
        Command::Validate(args) => validate::run(&args, context).await,
        Command::ValidateAndMigrate(args) => {
            migrate::run(&args, context, RunOption::ValidateAndMigrate).await
        }
        _ => Err(Error::Demo(format!("the demonstration does not know the command {name}"))),
    }
}

fn start(install: &Install, folder: &Path, name: &str) -> Result<Cluster, Error> {
    output::complain(&format!("starting a {name} server, PostgreSQL {}", install.major));
    Cluster::start(install, &folder.join(name), &ClusterOptions::default()).map_err(|error| failed(&error))
}

async fn execute(cluster: &Cluster, database: &str, sql: &str) -> Result<(), Error> {
    cluster.execute(database, sql).await.map_err(|error| failed(&error))
}

fn failed(error: &crate::demo::ClusterError) -> Error {
    Error::Demo(crate::server::chain(error))
}
