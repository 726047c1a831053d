//! `migrate`, `validate-and-migrate` and `verify`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::args::{
    MigrateArgs, MigrateChoices, OutputArgs, OwnerArg, PolicyArgs, RolesArg, VerifyArg, VerifyArgs,
};
use crate::cli::collect::now;
use crate::cli::progress::Progress;
use crate::cli::request::{Prepared, Request, RunOption, filters, perform, prepare};
use crate::cli::tracked::Tracked;
use crate::cli::validate::show_and_write;
use crate::cli::{Exit, migration};
use crate::collect::{CollectPlan, Collected};
use crate::config::{Environment, open_reports};
use crate::error::Error;
use crate::facts::{Cell, FactSet, ProbeFacts};
use crate::findings::Verdict;
use crate::outcome::{DatabaseRunState, RunState, VerificationReport};
use crate::pg::ServerVersion;
use crate::report::Report;
use crate::server::{SnapshotHolder, WorkError, list_tables, search_path};
use crate::verify::{VerifyLevel, VerifyPlan, verify};

/// Migrates, after a validation if the option says so.
pub(crate) async fn run(args: &MigrateArgs, env: &Environment, option: RunOption) -> Result<Exit, Error> {
    if let Some(name) = &args.resume {
        return migration::resume_named(name, args.restart_tables, &args.output, env).await;
    }
    let request = Request {
        option,
        servers: args.servers.clone(),
        policy: args.policy.clone(),
        choices: args.choices.clone(),
        fail_on: args.output.fail_on,
        source_type: None,
    };
    run_request(request, &args.output, env).await
}

/// Compares source and target.
pub(crate) async fn run_verify(args: &VerifyArgs, env: &Environment) -> Result<Exit, Error> {
    let request = Request {
        option: RunOption::Verify,
        servers: args.servers.clone(),
        policy: PolicyArgs::default(),
        choices: MigrateChoices {
            owner: args.owner,
            roles: RolesArg::None,
            verify: args.verify,
            filters: args.filters.clone(),
        },
        fail_on: args.output.fail_on,
        source_type: None,
    };
    run_request(request, &args.output, env).await
}

/// Does what is asked for, remembers it, and shows what came of it.
pub(crate) async fn run_request(
    request: Request,
    args: &OutputArgs,
    env: &Environment,
) -> Result<Exit, Error> {
    let prepared = prepare(request, args.migration_name.as_deref(), env)?;
    let reports = open_reports(&args.shown.report, &args.shown.fix_script)?;
    let run = prepared.store(args.state_dir.as_deref(), env)?;
    let tracked = Tracked::new(run, prepared.state(), Progress::new(args.progress, args.quiet));
    let (report, exit) = perform(&prepared, &tracked, None).await?;
    show_and_write(&report, &args.shown, &reports, env)?;
    Ok(exit)
}

/// Compares what is on both servers, and notes the result in the report.
pub(crate) async fn compare(
    prepared: &Prepared,
    collected: &Collected,
    report: &mut Report,
) -> Result<Exit, Error> {
    check_facts(collected, i64::MAX, false)?;
    let (source, target) = need_both(&prepared.plan)?;
    let home = prepared.plan.home.as_deref();
    let failed = |error: WorkError| Error::Migrate(error.to_string());
    let source_version = collected.source.as_ref().map_or(0, |found| found.version.0);
    let filters = filters(&prepared.request.choices);
    let mut verifications = Vec::new();
    for pair in &collected.facts.databases {
        let snapshot = SnapshotHolder::take(source, &pair.source, home).await.map_err(failed)?;
        let tables = list_tables(&snapshot.session, source_version).await.map_err(failed)?;
        let search_path = search_path(source, &pair.source, home).await.map_err(failed)?;
        let verify_plan = VerifyPlan {
            target,
            pair,
            home,
            level: level(prepared.request.choices.verify),
            jobs: jobs(&collected.facts),
            left_out: &BTreeSet::new(),
            role_map: &collected.role_map,
            partial: !filters.is_empty(),
            owners: prepared.request.choices.owner == OwnerArg::Keep,
        };
        let tables = filters.keep_tables(tables, &search_path);
        verifications.push(verify(&snapshot, &tables, &verify_plan).await.map_err(failed)?);
    }
    let passed = verifications.iter().all(|v| v.passed);
    report.verification = Some(VerificationReport { passed, databases: verifications });
    Ok(settle(report))
}

/// The state of the run and the exit code, from what the databases came to.
pub(crate) fn settle(report: &mut Report) -> Exit {
    let ended =
        |state| report.databases.iter().filter_map(|d| d.migration.as_ref()).any(|m| m.state == state);
    let differs = report.verification.as_ref().is_some_and(VerificationReport::differs);
    let is_open = report.verification.as_ref().is_some_and(|v| !v.passed);
    let (state, exit) = if ended(DatabaseRunState::Canceled) {
        (RunState::Canceled, Exit::Canceled)
    } else if ended(DatabaseRunState::Failed) || differs {
        (RunState::Failed, Exit::Failed)
    } else if is_open {
        (RunState::Succeeded, Exit::Unknown)
    } else {
        (RunState::Succeeded, Exit::Ready)
    };
    report.run.state = state;
    report.run.ended_at = now();
    // A run without rules is judged by what it came to.
    if report.counts == crate::report::Counts::default() {
        report.verdict = match exit {
            Exit::Ready => Verdict::Ready,
            Exit::Unknown => Verdict::Unknown,
            _ => Verdict::NotReady,
        };
        for database in &mut report.databases {
            let failed = database.migration.as_ref().is_some_and(|m| m.state != DatabaseRunState::Succeeded);
            database.verdict = match (failed || differs, is_open) {
                (true, _) => Verdict::NotReady,
                (false, true) => Verdict::Unknown,
                (false, false) => Verdict::Ready,
            };
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

pub(crate) fn level(arg: VerifyArg) -> VerifyLevel {
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
