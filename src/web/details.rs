//! One run: how far it is, what was found, what was migrated; cancel, resume, delete, and every file to take away.

use std::path::Path as FilePath;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::http::{StatusCode, header::HeaderName};
use axum::response::{IntoResponse, Response};

use crate::app::{Resume, check, check_resumable, detach, spec_of};
use crate::config::{Environment, WRITTEN_BYTES_MAX, read_text};
use crate::error::Error;
use crate::facts::Side;
use crate::report::{self, Report, bytes_of, duration_text};
use crate::store::{DatabaseState, Liveness, StoredRun};
use crate::web::form::OwnForm;
use crate::web::grid::{self, Row};
use crate::web::{Shared, shell};

/// Files that a run can be taken away in, with their kind.
const FILES: &[(&str, &str)] = &[
    ("report.html", "text/html; charset=utf-8"),
    ("report.json", "application/json"),
    ("report.md", "text/markdown; charset=utf-8"),
    ("report.csv", "text/csv; charset=utf-8"),
    ("report.sarif", "application/json"),
    ("report.junit.xml", "application/xml"),
    ("source.sql", "application/sql"),
    ("target.sql", "application/sql"),
    ("after.sql", "application/sql"),
    ("log", "text/plain; charset=utf-8"),
];

/// Databases of a run that are shown one by one.
const DATABASES_MAX: usize = 500;

#[derive(Template)]
#[template(path = "web/details.html", blocks = ["progress"])]
struct Details<'a> {
    row: Row,
    csrf: &'a str,
    substate: String,
    error: Vec<String>,
    databases: Vec<DatabaseLine>,
    left_out: usize,
    is_running: bool,
    is_interrupted: bool,
    can_resume: bool,
    target: String,
    /// The report as a part of a page, already escaped.
    report: Option<String>,
    files: Vec<&'static str>,
}

/// One database while it is worked on.
struct DatabaseLine {
    name: String,
    state: String,
    phase: &'static str,
    tables: usize,
    loading: usize,
    completed: usize,
    errored: usize,
    queued: usize,
    rows: u64,
    bytes: String,
    left: String,
    percent: i64,
    message: String,
}

impl DatabaseLine {
    fn of(d: &DatabaseState) -> DatabaseLine {
        let name = if d.name == d.target_name || d.target_name.is_empty() {
            d.name.clone()
        } else {
            format!("{} as {}", d.name, d.target_name)
        };
        #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
        let left = d.seconds_left.map(|seconds| format!("about {} left", duration_text(seconds as f64)));
        DatabaseLine {
            name,
            state: d.state.to_string(),
            phase: d.phase.name(),
            tables: d.tables,
            loading: d.tables_loading,
            completed: d.tables_completed,
            errored: d.tables_errored,
            queued: d.tables.saturating_sub(d.tables_loading + d.tables_completed + d.tables_errored),
            rows: d.rows,
            bytes: bytes_of(d.bytes),
            left: left.unwrap_or_default(),
            percent: (d.heap_bytes_completed * 100 / d.heap_bytes.max(1)).clamp(0, 100),
            message: d.message.clone().unwrap_or_default(),
        }
    }
}

/// The run that a path names, or the page that says why there is none.
pub(super) fn find(site: &Shared, target: &str, name: &str) -> Result<StoredRun, Box<Response>> {
    let (runs, _) = site.store().list();
    let is = |path: Option<&FilePath>, wanted: &str| {
        path.and_then(FilePath::file_name).is_some_and(|own| own.to_string_lossy() == wanted)
    };
    let found = runs.into_iter().find(|run| is(run.folder.parent(), target) && is(Some(&run.folder), name));
    found.ok_or_else(|| {
        let text = "This run is not remembered any more: it may have been deleted in the meantime.";
        Box::new(shell::message(StatusCode::NOT_FOUND, "No such run", text))
    })
}

fn report_of(run: &StoredRun) -> Option<Report> {
    run.report().ok().flatten().and_then(|text| serde_json::from_str(&text).ok())
}

fn details<'a>(site: &'a Shared, run: &StoredRun, report: Option<&Report>) -> Details<'a> {
    let state = &run.state;
    let files = FILES.iter().map(|(name, _)| *name).filter(|name| match *name {
        "log" | "after.sql" => run.folder.join(name).is_file(),
        _ => report.is_some(),
    });
    Details {
        row: Row::of(run),
        csrf: site.keys.csrf(),
        substate: state.substate.to_string(),
        error: state.error.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
        databases: state.databases.iter().take(DATABASES_MAX).map(DatabaseLine::of).collect(),
        left_out: state.databases.len().saturating_sub(DATABASES_MAX),
        is_running: run.liveness == Liveness::Running,
        is_interrupted: run.liveness == Liveness::Interrupted,
        can_resume: run.liveness != Liveness::Running && check_resumable(run).is_ok(),
        target: run.record.target.as_ref().map(crate::store::ServerName::address).unwrap_or_default(),
        report: report.and_then(|report| report::html_part(report).ok()),
        files: files.collect(),
    }
}

pub(super) async fn page(
    State(site): State<Shared>,
    Path((target, name)): Path<(String, String)>,
) -> Response {
    match find(&site, &target, &name) {
        Ok(run) => shell::page(&details(&site, &run, report_of(&run).as_ref())),
        Err(response) => *response,
    }
}

/// What changes while the run is worked on.
pub(super) async fn progress(
    State(site): State<Shared>,
    Path((target, name)): Path<(String, String)>,
) -> Response {
    match find(&site, &target, &name) {
        Ok(run) => shell::page(&details(&site, &run, None).as_progress()),
        Err(response) => *response,
    }
}

pub(super) async fn download(
    State(site): State<Shared>,
    Path((target, name, file)): Path<(String, String, String)>,
) -> Response {
    let run = match find(&site, &target, &name) {
        Ok(run) => run,
        Err(response) => return *response,
    };
    let kind = FILES.iter().find(|(known, _)| *known == file).map(|(_, kind)| *kind);
    let (Some(kind), Some(text)) = (kind, text_of(&run, &file)) else {
        return shell::message(StatusCode::NOT_FOUND, "No such file", "This run has no such file.");
    };
    let disposition = format!("attachment; filename=\"{}-{file}\"", run.record.name);
    let headers: [(HeaderName, String); 2] =
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, text).into_response()
}

fn text_of(run: &StoredRun, file: &str) -> Option<String> {
    if matches!(file, "log" | "after.sql") {
        return read_text(&run.folder.join(file), 16 * WRITTEN_BYTES_MAX).ok();
    }
    let report = report_of(run)?;
    match file {
        "report.html" => report::html(&report).ok(),
        "report.json" => report::json(&report).ok(),
        "report.md" => Some(report::markdown(&report)),
        "report.csv" => report::csv(&report).ok(),
        "report.sarif" => report::sarif(&report).ok(),
        "report.junit.xml" => report::junit(&report).ok(),
        "source.sql" => Some(report::fix_script(&report, Side::Source)),
        "target.sql" => Some(report::fix_script(&report, Side::Target)),
        _ => None,
    }
}

fn back_to(run: &StoredRun) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, grid::link(run))]).into_response()
}

pub(super) async fn cancel(
    State(site): State<Shared>,
    Path((target, name)): Path<(String, String)>,
    _form: OwnForm,
) -> Response {
    match find(&site, &target, &name) {
        Ok(run) => match run.ask_to_cancel() {
            Ok(()) => back_to(&run),
            Err(error) => shell::error(StatusCode::CONFLICT, &error.into()),
        },
        Err(response) => *response,
    }
}

pub(super) async fn resume(
    State(site): State<Shared>,
    Path((target, name)): Path<(String, String)>,
    form: OwnForm,
) -> Response {
    let run = match find(&site, &target, &name) {
        Ok(run) => run,
        Err(response) => return *response,
    };
    let mut env = site.env.clone();
    for (variable, field) in
        [("PGPASSAGE_SOURCE_PASSWORD", "source_password"), ("PGPASSAGE_TARGET_PASSWORD", "target_password")]
    {
        if let Some(password) = form.get(field).filter(|password| !password.is_empty()) {
            env = env.with(variable, password);
        }
    }
    let how = Resume::new(form.get("restart_tables").is_some());
    let folder = run.folder.clone();
    let started = tokio::task::spawn_blocking(move || start_again(&folder, how, &env)).await;
    match started {
        Ok(Ok(())) => back_to(&run),
        Ok(Err(error)) => shell::error(StatusCode::CONFLICT, &error),
        Err(error) => shell::error(StatusCode::INTERNAL_SERVER_ERROR, &Error::Internal(error.to_string())),
    }
}

fn start_again(folder: &FilePath, how: Resume, env: &Environment) -> Result<(), Error> {
    let run = StoredRun::read(folder)?;
    check_resumable(&run)?;
    let checked = check(spec_of(&run)?, Some(&run.record.name), env)?;
    detach(folder, &checked, Some(how)).map(|_| ())
}

pub(super) async fn delete(
    State(site): State<Shared>,
    Path((target, name)): Path<(String, String)>,
    _form: OwnForm,
) -> Response {
    match find(&site, &target, &name) {
        Ok(run) => match run.delete() {
            Ok(()) => (StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response(),
            Err(error) => shell::error(StatusCode::CONFLICT, &error.into()),
        },
        Err(response) => *response,
    }
}
