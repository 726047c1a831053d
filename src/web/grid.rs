//! The grid: every named run, the newest first, in the columns of the service that users come from.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::outcome::RunState;
use crate::report::duration_text;
use crate::store::{Liveness, StoredRun};
use crate::web::{Shared, shell};

/// Rows of one page of the grid.
const ROWS_MAX: usize = 200;

/// One run in the grid.
pub(super) struct Row {
    pub(super) link: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) class: &'static str,
    pub(super) mode: String,
    pub(super) option: String,
    pub(super) source: String,
    pub(super) source_type: String,
    pub(super) databases: usize,
    pub(super) duration: String,
    pub(super) started_at: String,
}

#[derive(Template)]
#[template(path = "web/grid.html", blocks = ["rows"])]
struct Grid {
    rows: Vec<Row>,
    left_out: usize,
    problems: Vec<String>,
    search: String,
    is_active_only: bool,
    is_filtered: bool,
}

impl Row {
    pub(super) fn of(run: &StoredRun) -> Row {
        let record = &run.record;
        Row {
            link: link(run),
            name: record.name.clone(),
            status: run.shown_state(),
            class: class(run),
            mode: record.mode.clone(),
            option: record.option.clone(),
            source: record.source.as_ref().map(crate::store::ServerName::address).unwrap_or_default(),
            source_type: record.source_type.clone(),
            databases: run.state.databases.len(),
            duration: run.lasted().map(|lasted| duration_text(lasted.as_seconds_f64())).unwrap_or_default(),
            started_at: run.state.started_at.clone(),
        }
    }
}

/// The path of a run's page.
pub(super) fn link(run: &StoredRun) -> String {
    let part = |path: Option<&std::path::Path>| {
        let name =
            path.and_then(std::path::Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    format!("/runs/{}/{}", part(run.folder.parent()), part(Some(&run.folder)))
}

/// The class of an element that shows the state of a run.
pub(super) fn class(run: &StoredRun) -> &'static str {
    match (run.liveness, run.state.state) {
        (Liveness::Running, _) => "running",
        (Liveness::Ended, RunState::Succeeded) => "passed",
        (Liveness::Ended, RunState::Canceled | RunState::InProgress) => "open",
        (Liveness::Interrupted, _)
        | (Liveness::Ended, RunState::ValidationFailed | RunState::Failed | RunState::Unknown) => "failed",
    }
}

fn grid(site: &Shared, query: &BTreeMap<String, String>) -> Grid {
    let search = query.get("search").cloned().unwrap_or_default();
    let is_active_only = query.get("filter").is_some_and(|filter| filter == "Active");
    let (runs, problems) = site.store().list();
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let fits = |row: &Row| {
        let text = format!("{} {} {} {}", row.name, row.status, row.option, row.source).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let mut rows: Vec<Row> = runs
        .iter()
        .filter(|run| !is_active_only || run.liveness == Liveness::Running)
        .map(Row::of)
        .filter(fits)
        .collect();
    let left_out = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    let problems = problems.iter().map(|error| crate::server::chain(error)).collect();
    Grid {
        rows,
        left_out,
        problems,
        is_filtered: is_active_only || !words.is_empty(),
        search,
        is_active_only,
    }
}

pub(super) async fn page(
    State(site): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    shell::page(&grid(&site, &query))
}

/// The rows alone, for a page that keeps them fresh.
pub(super) async fn rows(
    State(site): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    shell::page(&grid(&site, &query).as_rows())
}
