//! The wizard: what is typed on its tabs is kept in memory until the run starts, so that going back loses nothing.

mod draft;
mod fields;
mod problems;
mod summary;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use crate::app::{Remember, Runs, check, detach};
use crate::config::Environment;
use crate::error::{Error, show as error_text};
use crate::facts::Side;
use crate::store::StoredRun;
use crate::web::form::OwnForm;
use crate::web::wizard::draft::Draft;
use crate::web::wizard::fields::{Kind, SECTIONS, Section};
use crate::web::wizard::problems::problem;
use crate::web::{Shared, grid, probe, shell};

/// Drafts that are kept; the oldest goes first.
const DRAFTS_MAX: usize = 32;

/// The drafts of all open wizards, by number. They hold passwords, and are gone with the process.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    inner: Mutex<(u64, BTreeMap<u64, Draft>)>,
}

impl Drafts {
    fn begin(&self) -> u64 {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += 1;
        let number = inner.0;
        inner.1.insert(number, Draft::default());
        while inner.1.len() > DRAFTS_MAX {
            inner.1.pop_first();
        }
        number
    }

    fn get(&self, number: u64) -> Option<Draft> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1.get(&number).cloned()
    }

    fn put(&self, number: u64, draft: Draft) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1.insert(number, draft);
    }

    fn remove(&self, number: u64) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&number);
    }
}

/// One field as it is shown.
struct Shown<'a> {
    field: &'static fields::Field,
    value: &'a str,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/wizard.html")]
struct Page<'a> {
    csrf: &'a str,
    draft_number: u64,
    draft: &'a Draft,
    section: &'static Section,
    sections: &'static [Section],
    fields: Vec<Shown<'a>>,
    /// What the last test of a connection, or the last start, came to.
    said: Vec<String>,
    said_class: &'static str,
    summary: Option<summary::Summary>,
}

impl Page<'_> {
    fn is(&self, id: &str) -> bool {
        self.section.id == id
    }
}

pub(super) async fn begin(State(site): State<Shared>) -> Response {
    to_tab(site.drafts.begin(), SECTIONS[0].id)
}

fn to_tab(number: u64, tab: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, format!("/new/{number}/{tab}"))]).into_response()
}

fn gone() -> Response {
    let text =
        "What was typed is not here any more: the page was started anew, or many others were begun since.";
    shell::message(StatusCode::NOT_FOUND, "Begin again", text)
}

fn section(id: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.id == id)
}

pub(super) async fn show(State(site): State<Shared>, Path((number, tab)): Path<(u64, String)>) -> Response {
    let (Some(mut draft), Some(section)) = (site.drafts.get(number), section(&tab)) else { return gone() };
    let mut said = (Vec::new(), "open");
    if matches!(section.id, "databases" | "roles") && draft.source.is_none() {
        said = look(&site, &mut draft, Side::Source).await;
        site.drafts.put(number, draft.clone());
    }
    render(&site, number, &draft, section, said, false)
}

fn render(
    site: &Shared,
    number: u64,
    draft: &Draft,
    section: &'static Section,
    (said, said_class): (Vec<String>, &'static str),
    tell: bool,
) -> Response {
    let fields = section.fields.iter().map(|field| Shown {
        field,
        value: draft.get(field.name),
        problem: problem(field, draft, &site.store()).filter(|_| tell),
    });
    let summary = (section.id == "summary").then(|| summary::summary(draft, &site.store()));
    shell::page(&Page {
        csrf: site.keys.csrf(),
        draft_number: number,
        draft,
        section,
        sections: SECTIONS,
        fields: fields.collect(),
        said,
        said_class,
        summary,
    })
}

/// Asks a server, keeps what it answered, and says it.
async fn look(shared: &Shared, draft: &mut Draft, side: Side) -> (Vec<String>, &'static str) {
    let env = draft.environment(&shared.env);
    match probe::ask(side, &draft.conninfo(side), &env).await {
        Ok(found) => {
            let text = format!("The {side} answers: {}.", found.about);
            match side {
                Side::Source => draft.source = Some(found),
                Side::Target => draft.target = Some(found),
            }
            (vec![text], "passed")
        }
        Err(error) => (error_text(&error).lines().map(str::to_owned).collect(), "failed"),
    }
}

pub(super) async fn save(
    State(site): State<Shared>,
    Path((number, tab)): Path<(u64, String)>,
    form: OwnForm,
) -> Response {
    let (Some(mut draft), Some(section)) = (site.drafts.get(number), section(&tab)) else { return gone() };
    draft.take(section, &form);
    site.drafts.put(number, draft.clone());
    let go = form.get("go").unwrap_or("next");
    if go == "test" {
        let asked = if section.id == "target" { Side::Target } else { Side::Source };
        let said = look(&site, &mut draft, asked).await;
        site.drafts.put(number, draft.clone());
        return render(&site, number, &draft, section, said, true);
    }
    if go == "start" {
        return start(&site, number, &draft, section).await;
    }
    // Another tab may be opened at any time: what is wrong is shown there, and on the summary.
    if let Some(tab) = SECTIONS.iter().find(|section| section.id == go) {
        return to_tab(number, tab.id);
    }
    let store = site.store();
    if section.fields.iter().any(|field| problem(field, &draft, &store).is_some()) {
        return render(&site, number, &draft, section, (Vec::new(), "open"), true);
    }
    let next = SECTIONS.iter().skip_while(|other| other.id != section.id).nth(1).unwrap_or(section);
    to_tab(number, next.id)
}

/// Starts the run in a process of its own, and opens its page.
async fn start(site: &Shared, number: u64, draft: &Draft, section: &'static Section) -> Response {
    let (env, folder) = (draft.environment(&site.env), site.state_dir.clone());
    let work = {
        let draft = draft.clone();
        tokio::task::spawn_blocking(move || started(&draft, &env, folder))
    };
    let result = work.await.unwrap_or_else(|error| Err(Error::Internal(error.to_string())));
    match result {
        Ok(run) => {
            site.drafts.remove(number);
            (StatusCode::SEE_OTHER, [(LOCATION, grid::link(&run))]).into_response()
        }
        Err(error) => {
            let lines = error_text(&error).lines().map(str::to_owned).collect();
            render(site, number, draft, section, (lines, "failed"), true)
        }
    }
}

fn started(draft: &Draft, env: &Environment, folder: std::path::PathBuf) -> Result<StoredRun, Error> {
    let spec = draft.spec(&folder)?;
    let checked = check(spec, Some(draft.get("name")), env)?;
    let folder = Runs::new(env, Remember::In(folder)).create(&checked)?;
    detach(&folder, &checked, None)
}

/// For templates: whether a choice is the one.
fn is_chosen(shown: &Shown<'_>, choice: &str) -> bool {
    let default = match shown.field.kind {
        Kind::Choice(choices) => choices[0].0,
        Kind::Text | Kind::Password | Kind::Check => "",
    };
    shown.value == choice || (shown.value.is_empty() && choice == default)
}

/// For templates: the choices of a field.
fn choices(shown: &Shown<'_>) -> &'static [(&'static str, &'static str)] {
    match shown.field.kind {
        Kind::Choice(choices) => choices,
        Kind::Text | Kind::Password | Kind::Check => &[],
    }
}
