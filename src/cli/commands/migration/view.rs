//! How a stored migration is shown: as a table row, as a page, and as the JSON that scripts of the service know.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value, json};

use crate::cli::args::Format;
use crate::cli::output;
use crate::cli::progress::{seconds_text, summary};
use crate::error::Error;
use crate::findings::{Severity, Status};
use crate::outcome::{DatabaseRunState, RunState};
use crate::report::{JudgmentReport, Report, safe};
use crate::store::{DatabaseState, Liveness, StoredRun};

/// The list, as it is wanted.
pub(crate) fn migration_list(runs: &[StoredRun], format: Format) -> Result<String, Error> {
    match format {
        Format::Json => output::pretty(&runs.iter().map(migration_json).collect::<Vec<_>>()),
        Format::Table => Ok(list_text(runs)),
    }
}

/// One migration, as it is wanted.
pub(crate) fn migration_shown(run: &StoredRun, format: Format) -> Result<String, Error> {
    match format {
        Format::Json => output::pretty(&migration_json(run)),
        Format::Table => Ok(migration_text(run)),
    }
}

/// The list, in the columns of the service.
pub(crate) fn list_text(runs: &[StoredRun]) -> String {
    if runs.is_empty() {
        return "There are no migrations.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(NOTHING);
    // A program that reads it wants one line for each migration.
    if output::is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(output::width());
    }
    table.set_header(vec![
        "Name",
        "Status",
        "Migration mode",
        "Migration type",
        "Source server",
        "Source server type",
        "Databases",
        "Duration",
        "Start time",
    ]);
    for run in runs {
        let record = &run.record;
        table.add_row(vec![
            safe(&record.name),
            run.shown_state(),
            safe(&record.mode),
            safe(&record.option),
            record.source.as_ref().map(|s| safe(&s.address())).unwrap_or_default(),
            safe(&record.source_type),
            run.state.databases.len().to_string(),
            duration(run).map(seconds_text).unwrap_or_default(),
            safe(&run.state.started_at),
        ]);
    }
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn times(number: usize) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

/// Seconds from its start to its end, or to now.
fn duration(run: &StoredRun) -> Option<u64> {
    u64::try_from(run.lasted()?.whole_seconds()).ok()
}

/// One migration, for people.
pub(crate) fn migration_text(run: &StoredRun) -> String {
    let (record, state) = (&run.record, &run.state);
    let server = |server: &Option<crate::store::ServerName>| {
        server.as_ref().map_or_else(|| "none".to_owned(), |s| safe(&s.resource()))
    };
    let mut text = format!("Migration {}: {}", safe(&record.name), run.shown_state());
    if run.liveness == Liveness::Running {
        let _ = write!(text, ", {}", state.substate);
    }
    let _ = writeln!(
        text,
        "\n  {} {}, started {}",
        safe(&record.mode),
        safe(&record.option),
        safe(&state.started_at)
    );
    let _ = writeln!(text, "  source {}\n  target {}", server(&record.source), server(&record.target));
    if let Some(seconds) = duration(run) {
        let _ = writeln!(text, "  duration {}", seconds_text(seconds));
    }
    if state.resumed > 0 {
        let _ = writeln!(text, "  resumed {}", times(state.resumed));
    }
    for database in &state.databases {
        let renamed = if database.name == database.target_name {
            String::new()
        } else {
            format!(" to {}", safe(&database.target_name))
        };
        let shown = if database.state == DatabaseRunState::Queued { "queued" } else { database.state.name() };
        let line = match database.state {
            DatabaseRunState::InProgress if run.liveness == Liveness::Running => {
                format!("; {}", safe(&summary(database)))
            }
            DatabaseRunState::Succeeded if database.message.is_none() => {
                format!("; {} tables, {} rows", database.tables_completed, database.rows)
            }
            _ => database.message.as_ref().map(|message| format!("; {}", safe(message))).unwrap_or_default(),
        };
        let _ = writeln!(text, "  database {}{renamed}: {shown}{line}", safe(&database.name));
    }
    if let Some(error) = &state.error {
        let _ = writeln!(text, "  error: {}", safe(error));
    }
    let name = &record.name;
    match (run.liveness, state.state) {
        (Liveness::Interrupted, _) => {
            let _ = writeln!(
                text,
                "  The process that worked on it died. Resume it with: pgpassage migration resume --migration-name {name}"
            );
        }
        (Liveness::Ended, RunState::ValidationFailed) => {
            let _ = writeln!(text, "  What was found: pgpassage migration report {name}");
        }
        (Liveness::Ended, RunState::Canceled | RunState::Failed) if record.option != "Validate" => {
            let _ = writeln!(text, "  Resume it with: pgpassage migration resume --migration-name {name}");
        }
        _ => {}
    }
    for (database, left, cleanup) in left_on_target(run) {
        let _ = writeln!(
            text,
            "  on the target is {} (from {}); it is removed by: {}",
            safe(&left),
            safe(&database),
            safe(&cleanup)
        );
    }
    text
}

fn report_of(run: &StoredRun) -> Option<Report> {
    serde_json::from_str(&run.report().ok()??).ok()
}

fn left_on_target(run: &StoredRun) -> Vec<(String, String, String)> {
    let Some(report) = report_of(run) else { return Vec::new() };
    let migrations = report.databases.into_iter().filter_map(|d| d.migration);
    migrations.filter_map(|m| Some((m.name, m.left_on_target?, m.cleanup.unwrap_or_default()))).collect()
}

/// One migration in the words of the service's API, with what is ours beside.
/// Source: `Migration` in <https://learn.microsoft.com/rest/api/postgresql/migrations/get>, version 2025-08-01.
pub(crate) fn migration_json(run: &StoredRun) -> Value {
    let (record, state) = (&run.record, &run.state);
    let resource =
        |server: &Option<crate::store::ServerName>| server.as_ref().map(crate::store::ServerName::resource);
    let databases: Map<String, Value> = state
        .databases
        .iter()
        .map(|database| (database.name.clone(), database_json(database, run)))
        .collect();
    let report = report_of(run);
    json!({
        "name": record.name,
        "type": "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
        "migrationMode": record.mode,
        "migrationOption": record.option,
        "sourceType": record.source_type,
        "sourceDbServerResourceId": resource(&record.source),
        "targetDbServerResourceId": resource(&record.target),
        "dbsToMigrate": state.databases.iter().map(|d| &d.name).collect::<Vec<_>>(),
        "overwriteDbsInTarget": if record.request["options"]["if_exists"] == "Overwrite" { "True" } else { "False" },
        "currentStatus": {
            "state": if run.liveness == Liveness::Interrupted { RunState::Failed } else { state.state },
            "error": state.error,
            "currentSubStateDetails": {
                "currentSubState": state.substate,
                "dbDetails": databases,
                "validationDetails": report.as_ref().map(validation_json),
            },
        },
        "interrupted": run.liveness == Liveness::Interrupted,
        "startedOn": state.started_at,
        "endedOn": state.ended_at,
        "durationSeconds": duration(run),
        "resumed": state.resumed,
        "host": state.host,
        "processId": state.pid,
        "folder": run.folder.display().to_string(),
    })
}

fn database_json(database: &DatabaseState, run: &StoredRun) -> Value {
    let queued = database
        .tables
        .saturating_sub(database.tables_completed + database.tables_loading + database.tables_errored);
    json!({
        "databaseName": database.name,
        "targetDatabaseName": database.target_name,
        "migrationState": match database.state {
            DatabaseRunState::Queued => DatabaseRunState::InProgress,
            state => state,
        },
        "migrationOperation": database.phase,
        "startedOn": database.started_at,
        "endedOn": database.ended_at,
        "fullLoadQueuedTables": queued,
        "fullLoadErroredTables": database.tables_errored,
        "fullLoadLoadingTables": database.tables_loading,
        "fullLoadCompletedTables": database.tables_completed,
        "message": database.message,
        "rows": database.rows,
        "bytes": database.bytes,
        "objects": database.objects,
        "objectsCompleted": database.objects_completed,
        "secondsLeft": database.seconds_left.filter(|_| run.liveness == Liveness::Running),
        "loading": database.loading,
        "making": database.making,
    })
}

fn validation_json(report: &Report) -> Value {
    let all = || report.instance.iter().chain(report.databases.iter().flat_map(|d| &d.judgments));
    json!({
        "status": validation_state(all()),
        "validationStartTimeInUtc": report.run.started_at,
        "validationEndTimeInUtc": report.run.ended_at,
        "serverLevelValidationDetails": report.instance.iter().filter_map(item_json).collect::<Vec<_>>(),
        "dbLevelValidationDetails": report.databases.iter().map(|database| json!({
            "databaseName": database.name,
            "startedOn": report.run.started_at,
            "endedOn": report.run.ended_at,
            "summary": database.judgments.iter().filter_map(item_json).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn validation_state<'j>(judgments: impl Iterator<Item = &'j JudgmentReport>) -> &'static str {
    let mut state = "Succeeded";
    for judgment in judgments {
        match judgment.status {
            // What could not be checked is never a success, and weighs as much as a violation of the same rule would.
            Status::Failed => return "Failed",
            Status::CouldNotCheck if judgment.severity == Severity::Error => return "Failed",
            // What is only worth knowing is no warning.
            Status::Warning | Status::CouldNotCheck if judgment.severity != Severity::Info => {
                state = "Warning";
            }
            Status::Warning | Status::CouldNotCheck | Status::Passed | Status::NotApplicable => {}
        }
    }
    state
}

fn item_json(judgment: &JudgmentReport) -> Option<Value> {
    if judgment.status == Status::NotApplicable {
        return None;
    }
    let state = validation_state(std::iter::once(judgment));
    let mut messages: Vec<Value> = judgment
        .findings
        .iter()
        .filter(|finding| finding.counts())
        .map(
            |finding| json!({"state": state, "message": format!("{}: {}", finding.subject, finding.message)}),
        )
        .collect();
    if let Some(reason) = judgment.reason.as_ref().filter(|_| judgment.status == Status::CouldNotCheck) {
        messages.push(json!({"state": state, "message": format!("could not be checked: {reason}")}));
    }
    Some(json!({"type": judgment.rule, "state": state, "messages": messages}))
}
