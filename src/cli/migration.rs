//! `migration`: named, tracked migrations.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::args::{FailOn, IfExists, ListFormat, OutputArgs, ProgressArg, RolesArg};
use crate::cli::migration_args::{
    CreateArgs, ListArgs, ListFilter, MigrationArgs, MigrationCommand, ModeArg, NamedArgs, OptionArg,
    ReportArgs, ResumeArgs, ServiceArgs, ShowArgs, StoreArgs, UpdateArgs,
};
use crate::cli::migration_view::{list_table, migration_json, migration_text};
use crate::cli::progress::Progress;
use crate::cli::request::{Prepared, Request, RunOption, TakenUp, perform, prepare};
use crate::cli::tracked::Tracked;
use crate::cli::validate::show_and_write;
use crate::cli::{Exit, exit, output};
use crate::config::{Environment, Properties, open_reports, read_properties, state_folder};
use crate::error::Error;
use crate::outcome::RunState;
use crate::pg::conninfo_value;
use crate::report::{Report, safe};
use crate::store::{Liveness, RunFolder, Store, StoreError, StoredRun, check_name};

/// How often `show --watch` looks, and `update --cancel` whether the run has stopped.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How long `update --cancel` waits for the run to stop.
const CANCEL_WAIT_MAX: Duration = Duration::from_mins(1);

/// How a run is gone on with, as the process that does it is told.
const RESUME: &str = "resume";
const RESTART_TABLES: &str = "restart-tables";

/// Passwords on their way to the process that does the work: through a pipe, never through its arguments.
#[derive(Default, Serialize, Deserialize)]
struct Passwords {
    source: Option<String>,
    target: Option<String>,
}

pub(crate) async fn run(args: MigrationArgs, env: &Environment) -> Result<Exit, Error> {
    match args.command {
        MigrationCommand::Create(args) => create(*args, env).await,
        MigrationCommand::List(args) => list(&args, env),
        MigrationCommand::Show(args) => show(&args, env).await,
        MigrationCommand::Update(args) => update(&args, env).await,
        MigrationCommand::Resume(args) => resume(&args, env).await,
        MigrationCommand::Delete(args) => delete(&args, env),
        MigrationCommand::Report(args) => report(&args, env),
        MigrationCommand::CheckNameAvailability(args) => check_name_availability(&args, env),
        MigrationCommand::Work { folder } => work(&folder, env).await,
    }
}

fn open_store(args: &StoreArgs, env: &Environment) -> Result<Store, Error> {
    ignore_service_flags(&args.service);
    Ok(Store::new(&state_folder(args.state_dir.as_deref(), env).ok_or_else(no_store)?))
}

fn no_store() -> Error {
    Error::Usage {
        message: "there is no folder in which migrations are remembered".to_owned(),
        hint: Some("name one with --state-dir or PGPASSAGE_STATE_DIR".to_owned()),
    }
}

fn ignore_service_flags(args: &ServiceArgs) {
    for (flag, given) in [
        ("--resource-group", args.resource_group.is_some()),
        ("--subscription", args.subscription.is_some()),
        ("--location", args.location.is_some()),
        ("--tags", !args.tags.is_empty()),
    ] {
        if given {
            output::complain(&format!("note: {flag} means nothing here and is not used"));
        }
    }
}

fn find(args: &NamedArgs, env: &Environment) -> Result<StoredRun, Error> {
    Ok(open_store(&args.store, env)?.find(&args.migration_name, args.store.name.as_deref())?)
}

async fn create(mut args: CreateArgs, env: &Environment) -> Result<Exit, Error> {
    if args.migration_mode == ModeArg::Online {
        return Err(Error::Usage {
            message: "online migrations are not done: a copy that may lack changes made after its snapshot cannot be \
                      proved to be complete"
                .to_owned(),
            hint: Some("stop the applications that write to the source, and migrate with --migration-mode offline".to_owned()),
        });
    }
    let properties = match &args.properties {
        Some(path) => read_properties(path, env)?,
        None => Properties::default(),
    };
    for notice in &properties.notices {
        output::complain(&safe(&format!("note: {notice}")));
    }
    let mut env = env.clone();
    for (name, password) in [
        ("PGPASSAGE_SOURCE_PASSWORD", &properties.source_password),
        ("PGPASSAGE_TARGET_PASSWORD", &properties.target_password),
    ] {
        if let Some(password) = password {
            env = env.with(name, password.expose());
        }
    }
    let request = merge(&mut args, properties)?;
    let prepared = prepare(request, args.migration_name.as_deref(), &env)?;
    let store = open_store(&args.store, &env)?;
    let run = store.create(&prepared.record()?, &prepared.state())?;
    let folder = run.path().to_owned();
    if args.no_wait {
        drop(run);
        return detach(&folder, &prepared, None, args.output, &store);
    }
    let tracked = Tracked::new(Some(run), prepared.state(), Progress::new(ProgressArg::Auto, false));
    let result = perform(&prepared, &tracked, None).await;
    finish(result, &prepared, args.output, &store, tracked)
}

/// Flags weigh more than the properties file.
fn merge(args: &mut CreateArgs, properties: Properties) -> Result<Request, Error> {
    let mut servers = args.servers.clone();
    servers.source = servers.source.or(properties.source);
    servers.target = servers.target.or(properties.target);
    if servers.target.is_none()
        && let Some(host) = &args.store.name
    {
        let user = properties
            .target_user
            .as_ref()
            .map(|user| format!(" user={}", conninfo_value(user)))
            .unwrap_or_default();
        servers.target = Some(format!("host={}{user}", conninfo_value(host)));
    }
    if servers.database.is_empty() && !servers.all_databases {
        servers.database = properties.databases;
    }
    if properties.overwrite == Some(true) {
        servers.if_exists = IfExists::Overwrite;
    }
    let mut choices = args.choices.clone();
    if properties.migrate_roles == Some(false) {
        choices.roles = RolesArg::None;
    }
    let option = match (args.migration_option, properties.option.as_deref()) {
        (Some(OptionArg::Validate), _) | (None, Some("Validate")) => RunOption::Validate,
        (Some(OptionArg::Migrate), _) | (None, Some("Migrate")) => RunOption::Migrate,
        _ => RunOption::ValidateAndMigrate,
    };
    if servers.source.is_none() {
        return Err(Error::Usage {
            message: "no source is given".to_owned(),
            hint: Some(
                "name it with sourceDbServerResourceId in the properties file, or with --source".to_owned(),
            ),
        });
    }
    Ok(Request {
        option,
        servers,
        policy: args.policy.clone(),
        choices,
        fail_on: FailOn::Error,
        source_type: properties.source_type,
    })
}

/// Shows a migration that has ended in this process, and gives its exit code.
fn finish(
    result: Result<(Report, Exit), Error>,
    prepared: &Prepared,
    format: ListFormat,
    store: &Store,
    tracked: Tracked,
) -> Result<Exit, Error> {
    // The lock goes with it: what is shown is a run that has ended.
    drop(tracked);
    let exit = match result {
        Ok((_, exit)) => exit,
        Err(error) => {
            output::complain(&crate::error::show(&error));
            exit::of_error(&error)
        }
    };
    let stored = prepared.stored(store)?;
    print_migration(&stored, format)?;
    Ok(exit)
}

/// Starts a process that does the work and outlives the shell.
fn detach(
    folder: &Path,
    prepared: &Prepared,
    resume: Option<&str>,
    format: ListFormat,
    store: &Store,
) -> Result<Exit, Error> {
    let started = |source| Error::File { action: "start the process of", path: folder.to_owned(), source };
    let password = |endpoint: &Option<crate::server::Endpoint>| {
        endpoint.as_ref().and_then(|e| e.conninfo.password.as_ref()).map(|p| p.expose().to_owned())
    };
    let passwords =
        Passwords { source: password(&prepared.plan.source), target: password(&prepared.plan.target) };
    let input = serde_json::to_vec(&passwords).map_err(|error| Error::Render(error.to_string()))?;
    let log_path = folder.join("log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(&log_path).map_err(started)?;
    let program = std::env::current_exe().map_err(started)?;
    let mut command = std::process::Command::new(program);
    command.args(["migration", "work"]).arg(folder);
    command.env("PGPASSAGE_RESUME", resume.unwrap_or_default());
    // The password is on its way through the pipe.
    command.env_remove("PGPASSAGE_SOURCE_PASSWORD").env_remove("PGPASSAGE_TARGET_PASSWORD");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn().map_err(started)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(&input).map_err(started)?;
    }
    // Until it has the lock, the run would look interrupted.
    let deadline = Instant::now() + Duration::from_secs(10);
    let name = &prepared.run.name;
    let stored = loop {
        let stored = prepared.stored(store)?;
        if stored.liveness != Liveness::Interrupted || Instant::now() > deadline {
            break stored;
        }
        if let Some(status) = child.try_wait().map_err(started)? {
            let said = std::fs::read_to_string(&log_path).unwrap_or_default();
            return Err(Error::Migrate(format!(
                "the process of migration {name} ended at once ({status}): {said}"
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    print_migration(&stored, format)?;
    Ok(Exit::Ready)
}

/// The process behind `--no-wait`.
async fn work(folder: &Path, env: &Environment) -> Result<Exit, Error> {
    // A session of its own: what happens to the shell does not happen to this process.
    let _ = rustix::process::setsid();
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).map_err(Error::Output)?;
    let passwords: Passwords = serde_json::from_str(&input).unwrap_or_default();
    let mut env = env.clone();
    for (name, password) in
        [("PGPASSAGE_SOURCE_PASSWORD", passwords.source), ("PGPASSAGE_TARGET_PASSWORD", passwords.target)]
    {
        if let Some(password) = password {
            env = env.with(name, &password);
        }
    }
    let stored = StoredRun::read(folder)?;
    let resume = env.get("PGPASSAGE_RESUME").map(str::to_owned);
    let progress = Progress::new(ProgressArg::Plain, false);
    let (result, prepared, tracked) = go_on(&stored, &env, resume.as_deref(), progress).await?;
    drop((prepared, tracked));
    match result {
        Ok((_, exit)) => Ok(exit),
        Err(error) => Err(error),
    }
}

/// Works on a stored run: for the first time, or again if `resume` says how.
async fn go_on(
    stored: &StoredRun,
    env: &Environment,
    resume: Option<&str>,
    progress: Progress,
) -> Result<(Result<(Report, Exit), Error>, Prepared, Tracked), Error> {
    let mut prepared = prepare(request_of(stored)?, Some(&stored.record.name), env)?;
    prepared.run.started_at.clone_from(&stored.state.started_at);
    let run: RunFolder = stored.take_over()?;
    let mut state = prepared.state();
    let mut taken_up = None;
    if let Some(how) = resume {
        state = stored.state.clone();
        state.take_up(&prepared.host);
        let done = stored.done()?;
        // Without a journal nothing was done yet, and the run begins with its validation.
        if done != crate::migrate::Done::default() {
            let report = stored.report()?.and_then(|text| serde_json::from_str(&text).ok());
            taken_up = Some(TakenUp { done, restart_tables: how == RESTART_TABLES, report });
        }
    }
    run.write_state(&state)?;
    let tracked = Tracked::new(Some(run), state, progress);
    let result = perform(&prepared, &tracked, taken_up).await;
    Ok((result, prepared, tracked))
}

/// `migrate --resume NAME`: as `resume`, with the report in the form that `migrate` shows.
pub(crate) async fn resume_named(
    name: &str,
    restart_tables: bool,
    args: &OutputArgs,
    env: &Environment,
) -> Result<Exit, Error> {
    let folder = state_folder(args.state_dir.as_deref(), env).ok_or_else(no_store)?;
    let stored = Store::new(&folder).find(name, None)?;
    check_resumable(&stored)?;
    let reports = open_reports(&args.shown.report, &args.shown.fix_script)?;
    let how = if restart_tables { RESTART_TABLES } else { RESUME };
    let (result, prepared, tracked) =
        go_on(&stored, env, Some(how), Progress::new(args.progress, args.quiet)).await?;
    drop((prepared, tracked));
    let (report, exit) = result?;
    show_and_write(&report, &args.shown, &reports, env)?;
    Ok(exit)
}

async fn resume(args: &ResumeArgs, env: &Environment) -> Result<Exit, Error> {
    let store = open_store(&args.named.store, env)?;
    let name = &args.named.migration_name;
    let stored = store.find(name, args.named.store.name.as_deref())?;
    check_resumable(&stored)?;
    let how = if args.restart_tables { RESTART_TABLES } else { RESUME };
    if args.no_wait {
        let prepared = prepare(request_of(&stored)?, Some(name), env)?;
        return detach(&stored.folder, &prepared, Some(how), args.named.output, &store);
    }
    let progress = Progress::new(ProgressArg::Auto, false);
    let (result, prepared, tracked) = go_on(&stored, env, Some(how), progress).await?;
    finish(result, &prepared, args.named.output, &store, tracked)
}

fn request_of(stored: &StoredRun) -> Result<Request, Error> {
    let damaged = |error: serde_json::Error| StoreError::Damaged {
        path: stored.folder.join("run.json"),
        reason: error.to_string(),
    };
    Ok(serde_json::from_value(stored.record.request.clone()).map_err(damaged)?)
}

/// Whether a run can be gone on with.
fn check_resumable(stored: &StoredRun) -> Result<(), Error> {
    let name = &stored.record.name;
    let refuse = |message: String, hint: &str| Err(Error::Usage { message, hint: Some(hint.to_owned()) });
    match (stored.liveness, stored.state.state) {
        _ if !request_of(stored)?.option.migrates() => {
            refuse(format!("`{name}` is no migration"), "run it again: it has changed nothing")
        }
        (Liveness::Running, _) => Err(StoreError::InProgress(name.clone()).into()),
        (_, RunState::Succeeded) => {
            refuse(format!("migration `{name}` has succeeded"), "there is nothing left to do")
        }
        (_, RunState::ValidationFailed) => refuse(
            format!("the validation of migration `{name}` failed, so nothing was migrated"),
            "mend what was found, and start a new migration",
        ),
        _ => Ok(()),
    }
}

fn list(args: &ListArgs, env: &Environment) -> Result<Exit, Error> {
    let (mut runs, problems) = open_store(&args.store, env)?.list();
    for problem in problems {
        output::complain(&safe(&format!("warning: {}", crate::server::chain(&problem))));
    }
    runs.retain(|run| {
        let called = |name: &String| run.record.target.as_ref().is_some_and(|server| server.is_called(name));
        (args.filter == ListFilter::All || run.liveness == Liveness::Running)
            && args.store.name.as_ref().is_none_or(called)
    });
    let text = match args.output {
        ListFormat::Json => pretty(&runs.iter().map(migration_json).collect::<Vec<_>>())?,
        ListFormat::Table => list_table(&runs),
    };
    output::result(&text)?;
    Ok(Exit::Ready)
}

fn pretty(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Error::Render(error.to_string()))
}

fn print_migration(stored: &StoredRun, format: ListFormat) -> Result<(), Error> {
    output::result(&match format {
        ListFormat::Json => pretty(&migration_json(stored))?,
        ListFormat::Table => migration_text(stored),
    })
}

async fn show(args: &ShowArgs, env: &Environment) -> Result<Exit, Error> {
    let mut stored = find(&args.named, env)?;
    if !args.watch {
        print_migration(&stored, args.named.output)?;
        return Ok(Exit::Ready);
    }
    let mut shown = String::new();
    loop {
        let text = match args.named.output {
            // One document a line, so that a program can follow.
            ListFormat::Json => {
                serde_json::to_string(&migration_json(&stored)).map_err(|e| Error::Render(e.to_string()))?
                    + "\n"
            }
            ListFormat::Table => migration_text(&stored),
        };
        if text != shown {
            let clear = args.named.output == ListFormat::Table && output::is_terminal();
            output::result(&if clear { format!("\x1b[2J\x1b[H{text}") } else { text.clone() })?;
            shown = text;
        }
        if stored.liveness != Liveness::Running {
            return Ok(Exit::Ready);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            () = crate::cli::asked_to_stop() => return Ok(Exit::Ready),
        }
        stored = StoredRun::read(&stored.folder)?;
    }
}

async fn update(args: &UpdateArgs, env: &Environment) -> Result<Exit, Error> {
    if args.cutover || args.setup_replication {
        return Err(Error::Usage {
            message: "cutover and logical replication belong to online migrations, and this one is offline"
                .to_owned(),
            hint: None,
        });
    }
    if !args.cancel {
        return Err(Error::Usage {
            message: "no change is asked for".to_owned(),
            hint: Some("stop the migration with --cancel".to_owned()),
        });
    }
    let mut stored = find(&args.named, env)?;
    stored.ask_to_cancel()?;
    let deadline = Instant::now() + CANCEL_WAIT_MAX;
    while !args.no_wait && stored.liveness == Liveness::Running && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stored = StoredRun::read(&stored.folder)?;
    }
    print_migration(&stored, args.named.output)?;
    Ok(Exit::Ready)
}

fn delete(args: &NamedArgs, env: &Environment) -> Result<Exit, Error> {
    find(args, env)?.delete()?;
    output::complain(&format!(
        "migration {} is forgotten; nothing on a server was touched",
        args.migration_name
    ));
    Ok(Exit::Ready)
}

fn report(args: &ReportArgs, env: &Environment) -> Result<Exit, Error> {
    let Some(name) = args.migration.as_ref().or(args.migration_name.as_ref()) else {
        return Err(Error::Usage { message: "no migration is named".to_owned(), hint: None });
    };
    let stored = open_store(&args.store, env)?.find(name, args.store.name.as_deref())?;
    let Some(text) = stored.report()? else {
        return Err(Error::Usage {
            message: format!("migration `{name}` has no report: it is {}", stored.shown_state()),
            hint: stored.state.error.clone(),
        });
    };
    let report: Report = serde_json::from_str(&text).map_err(|error| StoreError::Damaged {
        path: stored.folder.join("report.json"),
        reason: error.to_string(),
    })?;
    let targets = open_reports(&args.output.report, &args.output.fix_script)?;
    show_and_write(&report, &args.output, &targets, env)?;
    Ok(Exit::Ready)
}

fn check_name_availability(args: &NamedArgs, env: &Environment) -> Result<Exit, Error> {
    let name = &args.migration_name;
    let (reason, message) = match check_name(name) {
        Err(error) => (Some("Invalid"), Some(error.to_string())),
        Ok(()) if !open_store(&args.store, env)?.is_free(name, args.store.name.as_deref()) => {
            (Some("AlreadyExists"), Some(format!("there is already a migration `{name}`")))
        }
        Ok(()) => (None, None),
    };
    let text = match args.output {
        ListFormat::Json => pretty(&json!({
            "name": name,
            "type": "Microsoft.DBforPostgreSQL/flexibleServers/migrations",
            "nameAvailable": reason.is_none(),
            "reason": reason,
            "message": message,
        }))?,
        ListFormat::Table => {
            message.map_or_else(|| format!("`{name}` is free\n"), |message| safe(&message) + "\n")
        }
    };
    output::result(&text)?;
    Ok(if reason.is_none() { Exit::Ready } else { Exit::Findings })
}
