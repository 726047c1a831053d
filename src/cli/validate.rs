//! `validate`: facts, judgments, report, exit code.

use crate::cli::args::{
    FailOn, FilterArgs, MigrateChoices, OutputFormat, OwnerArg, ReportOutputArgs, RolesArg, ValidateArgs,
    VerifyArg,
};
use crate::cli::collect::now;
use crate::cli::migrate::run_request;
use crate::cli::request::{Request, RunOption, judge, new_run, read_policy};
use crate::cli::{Exit, exit, output};
use crate::collect::{DEFAULT_PROFILE, apply_profile};
use crate::config::{Environment, ReportFormat, ReportTarget, load_profile, load_rules, open_reports};
use crate::error::Error;
use crate::facts::{Cell, FactSet, Facts, ProbeFacts, Side, read_recording};
use crate::findings::Severity;
use crate::pg::ServerVersion;
use crate::report::{self, EndpointReport, Report, ReportInput, RunReport, TerminalOptions, TlsReport};
use crate::rules::RuleSet;

pub(crate) async fn run(args: &ValidateArgs, env: &Environment) -> Result<Exit, Error> {
    if let Some(file) = &args.facts {
        return run_recorded(args, file, env);
    }
    if args.servers.source.is_none() {
        return Err(Error::Usage {
            message: "no source is given".to_owned(),
            hint: Some("name it with --source CONNINFO or PGPASSAGE_SOURCE, or judge recorded facts with --facts FILE".to_owned()),
        });
    }
    let request = Request {
        option: RunOption::Validate,
        servers: args.servers.clone(),
        policy: args.policy.clone(),
        choices: MigrateChoices {
            owner: OwnerArg::Keep,
            roles: RolesArg::None,
            verify: VerifyArg::None,
            filters: FilterArgs::default(),
        },
        fail_on: args.output.fail_on,
        source_type: None,
    };
    run_request(request, &args.output, env).await
}

/// Judges recorded facts. No server is asked, so there is nothing to go on with later and nothing is remembered.
fn run_recorded(args: &ValidateArgs, file: &std::path::Path, env: &Environment) -> Result<Exit, Error> {
    let mut rules = load_rules(&args.servers.rules)?;
    let run = new_run(args.output.migration_name.as_deref(), "Validate")?;
    let (policy, baseline) = read_policy(&mut args.policy.clone(), &mut rules)?;
    let (facts, profile) = replay(args, file, &mut rules)?;
    let reports = open_reports(&args.output.shown.report, &args.output.shown.fix_script)?;
    let (judgments, notices) = judge(&rules, &policy, &facts, &now()[..10]);
    let mut report = make_report(&rules, &facts, profile, run, judgments);
    report.notices.extend(notices);
    report.baseline = baseline.map(|old| report::compare(&old, &report));
    show_and_write(&report, &args.output.shown, &reports, env)?;
    let fail_on = match args.output.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
    };
    Ok(exit::of_report(&report, fail_on))
}

fn replay(
    args: &ValidateArgs,
    file: &std::path::Path,
    rules: &mut RuleSet,
) -> Result<(FactSet, String), Error> {
    let text = std::fs::read_to_string(file).map_err(|source| Error::File {
        action: "read",
        path: file.to_owned(),
        source,
    })?;
    let (mut facts, recorded) = read_recording(&text, &rules.shapes())
        .map_err(|source| Error::Recording { path: file.to_owned(), source })?;
    let profile = load_profile(rules, args.servers.profile.as_ref().unwrap_or(&recorded))?;
    let target_version = args.servers.target_version.as_deref().and_then(ServerVersion::from_major);
    apply_profile(rules, &profile, target_version, &mut facts);
    Ok((facts, profile))
}

/// Judgments as a report. Who the servers are is read from the facts, so that a replay tells the same.
pub(crate) fn make_report(
    rules: &RuleSet,
    facts: &FactSet,
    profile: String,
    run: RunReport,
    judgments: Vec<crate::findings::Judgment>,
) -> Report {
    let profile = if profile.is_empty() { DEFAULT_PROFILE.to_owned() } else { profile };
    let input = ReportInput {
        rules,
        facts,
        run: RunReport { ended_at: now(), ..run },
        source: endpoint_report(facts, Side::Source),
        target: endpoint_report(facts, Side::Target),
        profile,
    };
    report::build(input, judgments)
}

fn endpoint_report(facts: &FactSet, side: Side) -> Option<EndpointReport> {
    let ProbeFacts::Table(connections) = facts.run.get("connections")? else { return None };
    let row =
        connections.rows().iter().find(|row| row.get("side") == Some(&Cell::Text(side.name().to_owned())))?;
    let text = |column: &str| row.get(column).map(Cell::key_text).unwrap_or_default();
    let int = |cell: Option<&Cell>| match cell {
        Some(Cell::Int(i)) => Some(*i),
        _ => None,
    };
    let reached = row.get("ok") == Some(&Cell::Bool(true));
    let version = |column: &str| single(&facts.side(side).instance, "version", column).filter(|_| reached);
    Some(EndpointReport {
        host: text("host"),
        port: int(row.get("port")).and_then(|p| u16::try_from(p).ok()).unwrap_or_default(),
        user: text("user"),
        version: version("version").map(Cell::key_text),
        version_num: int(version("version_num")),
        tls: TlsReport {
            sslmode: text("sslmode"),
            encrypted: reached.then(|| row.get("encrypted") == Some(&Cell::Bool(true))),
        },
    })
}

fn single<'f>(facts: &'f Facts, probe: &str, column: &str) -> Option<&'f Cell> {
    match facts.get(probe)? {
        ProbeFacts::Table(table) => table.rows().first()?.get(column),
        ProbeFacts::Failed(_) | ProbeFacts::Missing(_) => None,
    }
}

/// Writes every report that was asked for, and the result to standard output.
pub(crate) fn show_and_write(
    report: &Report,
    args: &ReportOutputArgs,
    targets: &[ReportTarget],
    env: &Environment,
) -> Result<(), Error> {
    write_reports(report, targets)?;
    let options = TerminalOptions {
        width: output::width(),
        colour: output::wants_colour(env.get("NO_COLOR")),
        verbose: args.verbose,
    };
    let text = match args.format {
        OutputFormat::Table => report::terminal(report, options),
        OutputFormat::Json => report::json(report).map_err(|e| Error::Render(e.to_string()))?,
        OutputFormat::Github => report::github(report),
    };
    output::result(&text)
}

fn write_reports(report: &Report, targets: &[ReportTarget]) -> Result<(), Error> {
    for target in targets {
        let failed = |error: &dyn std::error::Error| Error::Render(error.to_string());
        let text = match target.format {
            ReportFormat::Html => report::html(report).map_err(|e| failed(&e))?,
            ReportFormat::Json => report::json(report).map_err(|e| failed(&e))?,
            ReportFormat::Markdown => report::markdown(report),
            ReportFormat::Csv => report::csv(report).map_err(|e| failed(&e))?,
            ReportFormat::Sarif => report::sarif(report).map_err(|e| failed(&e))?,
            ReportFormat::Junit => report::junit(report).map_err(|e| failed(&e))?,
            ReportFormat::FixScript(side) => report::fix_script(report, side),
        };
        output::file(&target.path, &text)?;
    }
    Ok(())
}
