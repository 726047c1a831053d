//! `migrate`, `validate-and-migrate` and `verify`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tokio::sync::watch;

use crate::cli::args::{FailOn, MigrateArgs, RolesArg, VerifyArg, VerifyArgs};
use crate::cli::collect::{now, plan};
use crate::cli::validate::{announce, make_report, new_run, show_and_write};
use crate::cli::{Exit, asked_to_stop, exit, output};
use crate::collect::{CollectPlan, Collected, collect};
use crate::config::{Environment, load_rules, open_reports};
use crate::error::Error;
use crate::evaluate::evaluate;
use crate::facts::{Cell, FactSet, ProbeFacts};
use crate::findings::{Severity, Verdict};
use crate::migrate::{MigratePlan, RolesChoice, migrate};
use crate::pg::ServerVersion;
use crate::report::{Report, VerificationReport};
use crate::rules::RuleSet;
use crate::server::{SnapshotHolder, list_tables};
use crate::verify::{VerifyLevel, VerifyPlan, verify};

/// Migrates, after a validation if `validate` says so.
pub(crate) async fn run(args: &MigrateArgs, env: &Environment, validate: bool) -> Result<Exit, Error> {
    let rules = load_rules(&args.servers.rules)?;
    let run = new_run(
        args.output.migration_name.as_deref(),
        if validate { "ValidateAndMigrate" } else { "Migrate" },
    )?;
    let plan = plan(&args.servers, env, &rules)?;
    need_both(&plan)?;
    let pg_dump = need_pg_dump(&plan)?;
    let reports = open_reports(&args.output.report)?;
    if !args.output.quiet {
        announce(&plan);
    }
    let collected = collect(&rules, &plan).await;
    let judgments = if validate { evaluate(&rules, &collected.facts) } else { Vec::new() };
    check_facts(&collected, pg_dump.1, validate)?;
    let mut report = make_report(&rules, &collected.facts, collected.profile.clone(), run, judgments);
    if validate && matches!(report.verdict, Verdict::NotReady | Verdict::Unknown) {
        show_and_write(&report, &args.output, &reports, env)?;
        output::complain("nothing was migrated: the validation did not pass");
        let fail_on = match args.output.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        };
        return Ok(exit::of_report(&report, fail_on));
    }
    let migrate_plan = migrate_plan(args, &plan, &collected, pg_dump.0)?;
    let quiet = args.output.quiet;
    let progress = move |line: String| {
        if !quiet {
            output::complain(&crate::report::safe(&line));
        }
    };
    let result = migrate(&migrate_plan, &progress, cancel_signal()).await;
    let (outcome, verifications) = result.map_err(|error| Error::Migrate(error.to_string()))?;
    report.role_deviations = outcome.role_deviations;
    for done in outcome.databases {
        if let Some(database) = report.databases.iter_mut().find(|d| d.name == done.name) {
            database.migration = Some(done);
        }
    }
    if migrate_plan.verify != VerifyLevel::None {
        let passed =
            verifications.iter().all(|v| v.passed) && verifications.len() == migrate_plan.databases.len();
        report.verification = Some(VerificationReport { passed, databases: verifications });
    }
    let exit = settle(&mut report);
    show_and_write(&report, &args.output, &reports, env)?;
    Ok(exit)
}

/// Compares source and target.
pub(crate) async fn run_verify(args: &VerifyArgs, env: &Environment) -> Result<Exit, Error> {
    let rules = load_rules(&args.servers.rules)?;
    let run = new_run(args.output.migration_name.as_deref(), "Validate")?;
    let plan = plan(&args.servers, env, &rules)?;
    let (source, target) = need_both(&plan)?;
    let reports = open_reports(&args.output.report)?;
    if !args.output.quiet {
        announce(&plan);
    }
    let collected =
        collect(&RuleSet { probes: rules.probes, profiles: rules.profiles, ..RuleSet::default() }, &plan)
            .await;
    check_facts(&collected, i64::MAX, false)?;
    let failed = |error: crate::server::WorkError| Error::Migrate(error.to_string());
    let source_version = collected.source.as_ref().map_or(0, |found| found.version.0);
    let mut report =
        make_report(&RuleSet::default(), &collected.facts, collected.profile.clone(), run, Vec::new());
    for (endpoint, found) in
        [(&mut report.source, &collected.source), (&mut report.target, &collected.target)]
    {
        if let (Some(endpoint), Some(found)) = (endpoint, found) {
            endpoint.version = Some(found.version.to_string());
            endpoint.version_num = Some(found.version.0);
        }
    }
    let mut verifications = Vec::new();
    for pair in &collected.facts.databases {
        let snapshot =
            SnapshotHolder::take(source, &pair.source, plan.home.as_deref()).await.map_err(failed)?;
        let tables = list_tables(&snapshot.session, source_version).await.map_err(failed)?;
        let verify_plan = VerifyPlan {
            target,
            pair,
            home: plan.home.as_deref(),
            level: level(args.verify),
            jobs: jobs(&collected.facts),
            left_out: &BTreeSet::new(),
        };
        verifications.push(verify(&snapshot, &tables, &verify_plan).await.map_err(failed)?);
    }
    let passed = verifications.iter().all(|v| v.passed);
    report.verification = Some(VerificationReport { passed, databases: verifications });
    let exit = settle(&mut report);
    show_and_write(&report, &args.output, &reports, env)?;
    Ok(exit)
}

/// The state of the run and the exit code, from what the databases came to.
fn settle(report: &mut Report) -> Exit {
    let states: Vec<&str> =
        report.databases.iter().filter_map(|d| d.migration.as_ref()).map(|m| m.state.as_str()).collect();
    let differs = report.verification.as_ref().is_some_and(|v| !v.passed);
    let (state, exit) = if states.contains(&"Canceled") {
        ("Canceled", Exit::Canceled)
    } else if states.contains(&"Failed") || differs {
        ("Failed", Exit::Failed)
    } else {
        ("Succeeded", Exit::Ready)
    };
    state.clone_into(&mut report.run.state);
    report.run.ended_at = now();
    // A run without rules is judged by what it came to.
    if report.counts == crate::report::Counts::default() {
        report.verdict = if exit == Exit::Ready { Verdict::Ready } else { Verdict::NotReady };
        for database in &mut report.databases {
            let failed = database.migration.as_ref().is_some_and(|m| m.state != "Succeeded");
            database.verdict = if failed || differs { Verdict::NotReady } else { Verdict::Ready };
        }
    }
    exit
}

pub(crate) fn need_both(
    plan: &CollectPlan,
) -> Result<(&crate::server::Endpoint, &crate::server::Endpoint), Error> {
    match (&plan.source, &plan.target) {
        (Some(source), Some(target)) => Ok((source, target)),
        (source, _) => Err(Error::Usage {
            message: format!("no {} is given", if source.is_none() { "source" } else { "target" }),
            hint: Some(
                "name both with --source and --target, or PGPASSAGE_SOURCE and PGPASSAGE_TARGET".to_owned(),
            ),
        }),
    }
}

pub(crate) fn need_pg_dump(plan: &CollectPlan) -> Result<(PathBuf, i64), Error> {
    plan.run.pg_dump.clone().ok_or_else(|| Error::Usage {
        message: "no pg_dump was found on this machine, and a migration needs it".to_owned(),
        hint: Some(
            "install the PostgreSQL client programs, or name their folder with PGPASSAGE_PG_BIN".to_owned(),
        ),
    })
}

/// What a migration cannot do without, whatever the rules say.
pub(crate) fn check_facts(collected: &Collected, pg_dump: i64, validate: bool) -> Result<(), Error> {
    if validate && (collected.source.is_none() || collected.target.is_none()) {
        // The report says which hop failed.
        return Ok(());
    }
    if let (None, _) | (_, None) = (&collected.source, &collected.target) {
        return Err(Error::Unreached(failed_connections(&collected.facts)));
    }
    if let Some(ProbeFacts::Table(requested)) = collected.facts.run.get("databases_requested") {
        let missing = requested.rows().iter().find(|row| row.get("exists") == Some(&Cell::Bool(false)));
        if let Some(row) = missing.filter(|_| !validate) {
            let name = row.get("source").map(Cell::key_text).unwrap_or_default();
            return Err(Error::Usage {
                message: format!("database {name} does not exist on the source"),
                hint: None,
            });
        }
    }
    if let Some(source) = &collected.source
        && ServerVersion(pg_dump).major_num() < source.version.major_num()
    {
        return Err(Error::Usage {
            message: format!(
                "pg_dump {} is older than the source ({}) and cannot read it",
                ServerVersion(pg_dump),
                source.version
            ),
            hint: Some(
                "install newer PostgreSQL client programs, or name their folder with PGPASSAGE_PG_BIN"
                    .to_owned(),
            ),
        });
    }
    Ok(())
}

fn failed_connections(facts: &FactSet) -> String {
    let Some(ProbeFacts::Table(connections)) = facts.run.get("connections") else { return String::new() };
    let failed = connections.rows().iter().filter(|row| row.get("ok") == Some(&Cell::Bool(false)));
    let lines: Vec<String> = failed
        .map(|row| {
            let text = |column: &str| row.get(column).map(Cell::key_text).unwrap_or_default();
            format!(
                "connect to the {} at {}, port {}: {}: {}",
                text("side"),
                text("host"),
                text("port"),
                text("hop"),
                text("message")
            )
        })
        .collect();
    lines.join("; ")
}

fn migrate_plan(
    args: &MigrateArgs,
    plan: &CollectPlan,
    collected: &Collected,
    pg_dump: PathBuf,
) -> Result<MigratePlan, Error> {
    let (source, target) = need_both(plan)?;
    Ok(MigratePlan {
        source: source.clone(),
        target: target.clone(),
        home: plan.home.clone(),
        pg_dump,
        databases: collected.facts.databases.clone(),
        overwrite: plan.run.overwrite,
        jobs: jobs(&collected.facts),
        roles: match args.roles {
            RolesArg::All => RolesChoice::All,
            RolesArg::Needed => RolesChoice::Needed,
            RolesArg::None => RolesChoice::None,
        },
        verify: level(args.verify),
    })
}

fn level(arg: VerifyArg) -> VerifyLevel {
    match arg {
        VerifyArg::None => VerifyLevel::None,
        VerifyArg::Counts => VerifyLevel::Counts,
        VerifyArg::Full => VerifyLevel::Full,
    }
}

/// The number of connections that the collection has chosen.
pub(crate) fn jobs(facts: &FactSet) -> usize {
    let Some(ProbeFacts::Table(options)) = facts.run.get("options") else { return 2 };
    match options.rows().first().and_then(|row| row.get("jobs")) {
        Some(Cell::Int(jobs)) => usize::try_from(*jobs).unwrap_or(2),
        _ => 2,
    }
}

/// Turns true when the user or the system asks to stop, so that the work ends in order.
fn cancel_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_stop().await;
        output::complain("canceling: statements on both servers are being stopped");
        let _ = sender.send(true);
        // The sender must live as long as someone listens.
        sender.closed().await;
    });
    receiver
}
