//! Runs in a process of their own, which outlive the shell or the page that started them. Passwords reach it through a
//! pipe, never through its arguments or its environment.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::app::check::Checked;
use crate::app::resume::Resume;
use crate::config::Environment;
use crate::error::Error;
use crate::server::Endpoint;
use crate::store::{Liveness, StoredRun};

/// How long the process may take until it works on the run.
const START_WAIT_MAX: Duration = Duration::from_secs(10);

/// What the process is told.
#[derive(Default, Serialize, Deserialize)]
struct Letter {
    source_password: Option<String>,
    target_password: Option<String>,
    #[serde(default)]
    resume: bool,
    #[serde(default)]
    restart_tables: bool,
}

/// Starts a process that works on the run of a folder, and returns once it does.
pub fn detach(folder: &Path, checked: &Checked, resume: Option<Resume>) -> Result<StoredRun, Error> {
    let started = |source| Error::File { action: "start the process of", path: folder.to_owned(), source };
    let password = |endpoint: &Option<Endpoint>| {
        endpoint.as_ref().and_then(|e| e.conninfo.password.as_ref()).map(|p| p.expose().to_owned())
    };
    let letter = Letter {
        source_password: password(&checked.plan.source),
        target_password: password(&checked.plan.target),
        resume: resume.is_some(),
        restart_tables: resume == Some(Resume::RestartTables),
    };
    let input = serde_json::to_vec(&letter).map_err(|error| Error::Render(error.to_string()))?;
    let log_path = folder.join("log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(&log_path).map_err(started)?;
    let mut command = Command::new(std::env::current_exe().map_err(started)?);
    command.args(["migration", "work"]).arg(folder);
    command.env_remove("PGPASSAGE_SOURCE_PASSWORD").env_remove("PGPASSAGE_TARGET_PASSWORD");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn().map_err(started)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(&input).map_err(started)?;
    }
    // Until it has the lock, the run would look interrupted.
    let deadline = Instant::now() + START_WAIT_MAX;
    loop {
        let stored = StoredRun::read(folder)?;
        if stored.liveness != Liveness::Interrupted || Instant::now() > deadline {
            return Ok(stored);
        }
        if let Some(status) = child.try_wait().map_err(started)? {
            let said = std::fs::read_to_string(&log_path).unwrap_or_default();
            let name = &checked.run.name;
            return Err(Error::Migrate(format!(
                "the process of migration {name} ended at once ({status}): {said}"
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// In that process: reads what it is told, and returns the environment with the passwords, and how to resume.
pub fn receive(env: &Environment) -> Result<(Environment, Option<Resume>), Error> {
    // A session of its own: what happens to the shell does not happen to this process.
    let _ = rustix::process::setsid();
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).map_err(Error::Input)?;
    let letter: Letter = serde_json::from_str(&input).unwrap_or_default();
    let mut env = env.clone();
    for (name, password) in [
        ("PGPASSAGE_SOURCE_PASSWORD", letter.source_password),
        ("PGPASSAGE_TARGET_PASSWORD", letter.target_password),
    ] {
        if let Some(password) = password {
            env = env.with(name, &password);
        }
    }
    let resume = letter.resume.then(|| Resume::new(letter.restart_tables));
    Ok((env, resume))
}
