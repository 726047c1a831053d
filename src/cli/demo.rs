//! `demo`: two throw-away servers with deliberate faults, validated as a user would.

use std::path::{Path, PathBuf};

use crate::cli::args::{Arguments, Command, DemoArgs};
use crate::cli::{Exit, output, validate};
use crate::config::Environment;
use crate::demo::{Cluster, ClusterOptions, Install, installs};
use crate::error::Error;
use clap::Parser;

pub(crate) async fn run(args: &DemoArgs, env: &Environment) -> Result<Exit, Error> {
    let found = installs(env);
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
    let source = start(oldest, &folder, "source", include_str!("../demo/source.sql"), Some("shop")).await?;
    let target = start(newest, &folder, "target", include_str!("../demo/target.sql"), None).await?;

    let report = folder.join("report.html");
    let source_text = source.conninfo("pgpassage_mover", "shop");
    let target_text = target.conninfo("pgpassage_mover", "postgres");
    let report_text = report.to_string_lossy().into_owned();
    output::complain(&format!(
        "\n$ pgpassage validate --source \"{source_text}\" \\\n    --target \"{target_text}\" --report {report_text}\n"
    ));
    let arguments = [
        "pgpassage",
        "validate",
        "--source",
        &source_text,
        "--target",
        &target_text,
        "--report",
        &report_text,
    ];
    let parsed = Arguments::try_parse_from(arguments).map_err(|e| Error::Demo(e.to_string()))?;
    let exit = match parsed.command {
        Command::Validate(args) => validate::run(&args, env).await?,
        _ => Exit::Usage,
    };
    output::complain(&format!("\nThe faults above were seeded on purpose. The report: {}", report.display()));
    if args.keep {
        output::complain("The servers run until you press Ctrl-C.");
        // The runtime ends this wait when the key is pressed; the servers then stop with it.
        std::future::pending::<()>().await;
    }
    match exit {
        Exit::Findings => Ok(Exit::Ready),
        _ => Err(Error::Demo(
            "the demonstration should have found the seeded faults and nothing else".to_owned(),
        )),
    }
}

async fn start(
    install: &Install,
    folder: &Path,
    name: &str,
    sql: &str,
    database: Option<&str>,
) -> Result<Cluster, Error> {
    output::complain(&format!("starting a {name} server, PostgreSQL {}", install.major));
    let failed = |error: crate::demo::ClusterError| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Error::Demo(format!("{error}{cause}"))
    };
    let cluster = Cluster::start(install, &folder.join(name), &ClusterOptions::default()).map_err(failed)?;
    if let Some(database) = database {
        cluster
            .execute("postgres", &format!("create database {}", crate::pg::ident(database)))
            .await
            .map_err(failed)?;
    }
    cluster.execute(database.unwrap_or("postgres"), sql).await.map_err(failed)?;
    Ok(cluster)
}
