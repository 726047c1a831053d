//! From a connection string to an endpoint: service file, environment, password file, password prompt.

use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::environment::Environment;
use crate::config::text::{WRITTEN_BYTES_MAX, read_text};
use crate::facts::Side;
use crate::pg::{
    Conninfo, ConninfoError, KEYWORDS, Keywords, PassEntry, Secret, conninfo_value, parse_keywords,
    parse_passfile, parse_service_file,
};
use crate::server::{DEFAULT_PATIENCE, Endpoint, StartMemory};

/// Why an endpoint cannot be made out.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The connection string is wrong.
    #[error("read the connection string of the {side}: {error}")]
    Conninfo {
        /// Which side.
        side: Side,
        /// What is wrong.
        error: ConninfoError,
    },
    /// A file it names cannot be read.
    #[error("read {what} {path} of the {side}: {error}")]
    File {
        /// Which side.
        side: Side,
        /// What the file is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// No service file has the service.
    #[error("find service `{service}` of the {side} in {looked}")]
    NoService {
        /// Which side.
        side: Side,
        /// The service.
        service: String,
        /// Where it was looked for.
        looked: String,
    },
}

impl EndpointError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Conninfo { error, .. } => error.hint.clone(),
            Self::File { .. } | Self::NoService { .. } => None,
        }
    }
}

/// Makes out an endpoint. `prompt` allows to ask for a password on the terminal, unless `PGPASSAGE_NO_PROMPT` is set.
pub fn resolve_endpoint(
    side: Side,
    text: &str,
    env: &Environment,
    prompt: bool,
) -> Result<Endpoint, EndpointError> {
    let wrong = |error| EndpointError::Conninfo { side, error };
    let given = parse_keywords(text).map_err(wrong)?;
    let mut keywords = given.clone();
    if let Some(service) = given.get("service").map(String::as_str).or(env.get("PGSERVICE")) {
        for (key, value) in read_service(side, service, env)? {
            keywords.entry(key).or_insert(value);
        }
    }
    let own_password = match side {
        Side::Source => env.get("PGPASSAGE_SOURCE_PASSWORD"),
        Side::Target => env.get("PGPASSAGE_TARGET_PASSWORD"),
    };
    if let Some(password) = own_password {
        keywords.entry("password".to_owned()).or_insert_with(|| password.to_owned());
    }
    for (keyword, variable) in KEYWORDS {
        if *keyword != "service"
            && let Some(value) = env.get(variable)
        {
            keywords.entry((*keyword).to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    let dbname_given = keywords.contains_key("dbname");
    let sslmode_given = keywords.contains_key("sslmode");
    let mut conninfo =
        Conninfo::from_keywords(&keywords, env.user.as_deref(), env.home.as_deref()).map_err(wrong)?;
    let passwords = read_passfile(&conninfo, &given);
    if prompt
        && env.get("PGPASSAGE_NO_PROMPT").is_none()
        && conninfo.password.is_none()
        && passwords.is_empty()
        && std::io::stdin().is_terminal()
        && !local_only(&conninfo)
    {
        let question = format!(
            "Password of {} on the {side} ({}), empty for none: ",
            conninfo.user,
            conninfo.host_text()
        );
        if let Ok(password) = rpassword::prompt_password(question)
            && !password.is_empty()
        {
            conninfo.password = Some(Secret::new(password));
        }
    }
    let without_password: Vec<String> = keywords
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "password" | "service"))
        .map(|(key, value)| format!("{key}={}", conninfo_value(value)))
        .collect();
    Ok(Endpoint {
        side,
        conninfo,
        dbname_given,
        sslmode_given,
        passwords,
        without_password: without_password.join(" "),
        application_name: "pgpassage".to_owned(),
        start: StartMemory::default(),
        patience: DEFAULT_PATIENCE,
    })
}

/// Sockets usually identify their user without a password.
fn local_only(conninfo: &Conninfo) -> bool {
    conninfo.hosts.iter().all(crate::pg::HostSpec::is_socket)
}

fn read_service(side: Side, service: &str, env: &Environment) -> Result<Keywords, EndpointError> {
    let mut files: Vec<PathBuf> = Vec::new();
    match env.get("PGSERVICEFILE") {
        Some(file) => files.push(file.into()),
        None => files.extend(env.home.as_ref().map(|home| home.join(".pg_service.conf"))),
    }
    if let Some(folder) = env.get("PGSYSCONFDIR") {
        files.push(Path::new(folder).join("pg_service.conf"));
    }
    files.push("/etc/postgresql-common/pg_service.conf".into());
    for path in &files {
        let text = match read_text(path, WRITTEN_BYTES_MAX) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(EndpointError::File { side, what: "service file", path: path.clone(), error });
            }
        };
        let found =
            parse_service_file(&text, service).map_err(|error| EndpointError::Conninfo { side, error })?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let looked: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    Err(EndpointError::NoService { side, service: service.to_owned(), looked: looked.join(", ") })
}

/// As libpq does: a file that others may read is not used, and one that is not there is no mistake.
fn read_passfile(conninfo: &Conninfo, given: &Keywords) -> Vec<PassEntry> {
    let Some(path) = conninfo.passfile.as_ref().filter(|_| !given.contains_key("password")) else {
        return Vec::new();
    };
    let Ok(metadata) = std::fs::metadata(path) else { return Vec::new() };
    if metadata.permissions().mode() & 0o077 != 0 {
        return Vec::new();
    }
    read_text(path, WRITTEN_BYTES_MAX).map(|text| parse_passfile(&text)).unwrap_or_default()
}
