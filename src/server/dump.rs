//! Runs `pg_dump` for the schema, inside the snapshot of the copy, and reads its archive; runs `pg_restore` for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use libpgdump::{Dump, Section as ArchiveSection};
use tokio::process::Command;

use crate::pg::SslMode;
use crate::plan::{Entry, Section};
use crate::server::endpoint::Endpoint;
use crate::server::private_folder::PrivateFolder;
use crate::server::session::Session;
use crate::server::settings::LOCK_WAIT_MS;

/// Why there is no schema.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The program cannot be started.
    #[error("start {program}: {source}")]
    Start {
        /// Where it is.
        program: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Where it is.
        program: PathBuf,
        /// What it said.
        output: String,
    },
    /// Its archive cannot be read.
    #[error("read the archive of pg_dump: {0}")]
    Archive(String),
}

/// An archive of a schema, for as long as it lives, in a folder that nobody else may enter: it may hold passwords of other
/// servers.
#[derive(Debug)]
pub struct Archive {
    folder: PrivateFolder,
    /// What is in it: everything but table data and large objects, in its order.
    pub entries: Vec<Entry>,
}

/// The schema of the session's database: everything but table data and large objects, in the order of the archive.
pub async fn dump_schema(
    program: &Path,
    endpoint: &Endpoint,
    session: &Session,
    snapshot: &str,
) -> Result<Vec<Entry>, DumpError> {
    Ok(dump_archive(program, endpoint, session, snapshot).await?.entries)
}

/// The same, with the archive itself.
pub async fn dump_archive(
    program: &Path,
    endpoint: &Endpoint,
    session: &Session,
    snapshot: &str,
) -> Result<Archive, DumpError> {
    let start = |source| DumpError::Start { program: program.to_owned(), source };
    let folder = PrivateFolder::create(&std::env::temp_dir()).map_err(start)?;
    // pg_dump leaves the rights of a file that is there as they are.
    let archive = folder.create_file("schema", b"").map_err(start)?;
    let mut command = Command::new(program);
    command
        .args([
            "--format=custom",
            "--compress=0",
            "--section=pre-data",
            "--section=post-data",
            "--no-blobs",
            "--no-password",
            // An archive of a database in SQL_ASCII has its bytes as they are, if they are UTF-8.
            "--encoding=UTF8",
        ])
        .arg(format!("--lock-wait-timeout={LOCK_WAIT_MS}"))
        .arg(format!("--snapshot={snapshot}"))
        .arg("--file")
        .arg(&archive)
        .arg("--dbname")
        .arg(conninfo_of(endpoint, session));
    let (succeeded, said) = output(command, program, endpoint, session).await?;
    if !succeeded {
        return Err(DumpError::Failed { program: program.to_owned(), output: said });
    }
    let dump = Dump::load(&archive).map_err(|error| DumpError::Archive(error.to_string()))?;
    let mut entries: Vec<Entry> = dump.entries().iter().map(entry).collect();
    // Our sessions are for the standard form. Only a pooler can keep pg_dump from it.
    if entries.iter().any(|e| e.kind == "STDSTRINGS" && e.definition.contains("'off'")) {
        return Err(DumpError::Archive(
            "the strings in it have backslashes with a meaning, since standard_conforming_strings is off for the user and \
             the way to the server refuses options; hint: connect without the pooler"
                .to_owned(),
        ));
    }
    place_without_section(&mut entries, dump.entries());
    Ok(Archive { folder, entries })
}

impl Archive {
    /// Restores entries by `pg_restore` into the session's database, with owners and grants if wanted. An entry that the
    /// server refuses does not keep others from being restored: what was refused is the answer.
    pub async fn restore(
        &self,
        program: &Path,
        endpoint: &Endpoint,
        session: &Session,
        entries: &[i32],
        rights: bool,
    ) -> Result<Option<String>, DumpError> {
        let lines: Vec<String> = entries.iter().map(|id| format!("{id};")).collect();
        let list = self
            .folder
            .create_file("list", lines.join("\n").as_bytes())
            .map_err(|source| DumpError::Start { program: program.to_owned(), source })?;
        let mut command = Command::new(program);
        command.args(["--no-password", "--no-tablespaces"]);
        if !rights {
            command.args(["--no-owner", "--no-privileges"]);
        }
        command.arg("--use-list").arg(&list);
        command.arg("--dbname").arg(conninfo_of(endpoint, session)).arg(self.folder.path().join("schema"));
        let (succeeded, said) = output(command, program, endpoint, session).await?;
        Ok((!succeeded).then_some(said))
    }
}

/// Runs a client program, and says whether it succeeded and what it wrote about it.
async fn output(
    mut command: Command,
    program: &Path,
    endpoint: &Endpoint,
    session: &Session,
) -> Result<(bool, String), DumpError> {
    // What the surrounding environment says of PostgreSQL is already in the connection string.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    if let Some(password) = endpoint.password(&session.host, &session.dbname) {
        command.env("PGPASSWORD", password.expose());
    }
    command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let output = command.output().await;
    let output = output.map_err(|source| DumpError::Start { program: program.to_owned(), source })?;
    let mut said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.contains("SSL support is not compiled in") {
        said.push_str("; hint: name the folder of a pg_dump that can do TLS in PGPASSAGE_PG_BIN");
    }
    Ok((output.status.success(), said))
}

/// Comments, labels and grants belong to no section: they follow the object they are about.
fn place_without_section(entries: &mut [Entry], archive: &[libpgdump::Entry]) {
    let mut after_data: BTreeSet<i32> =
        entries.iter().filter(|e| e.section == Section::PostData).map(|e| e.id).collect();
    for (entry, archived) in entries.iter_mut().zip(archive) {
        if archived.section == ArchiveSection::None && entry.needs.iter().any(|id| after_data.contains(id)) {
            entry.section = Section::PostData;
            after_data.insert(entry.id);
        }
    }
}

fn entry(entry: &libpgdump::Entry) -> Entry {
    Entry {
        id: entry.dump_id,
        kind: entry.desc.as_str().to_owned(),
        schema: entry.namespace.clone().filter(|s| !s.is_empty()),
        tag: entry.tag.clone().unwrap_or_default(),
        owner: entry.owner.clone().filter(|s| !s.is_empty()),
        definition: entry.defn.clone().unwrap_or_default(),
        drop: entry.drop_stmt.clone().unwrap_or_default(),
        access_method: entry.tableam.clone().filter(|s| !s.is_empty()),
        tablespace: entry.tablespace.clone().filter(|s| !s.is_empty()),
        needs: entry.dependencies.clone(),
        section: match entry.section {
            ArchiveSection::PostData => Section::PostData,
            _ => Section::PreData,
        },
        // Nothing stands for what is no object of a catalog.
        catalog: entry.table_oid.parse().unwrap_or(0),
        object: entry.oid.parse().unwrap_or(0),
    }
}

/// The connection for `pg_dump`, to the very host that the session reached. Never holds the password.
fn conninfo_of(endpoint: &Endpoint, session: &Session) -> String {
    let c = &endpoint.conninfo;
    let quote = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let mut text = format!("host={} port={}", quote(&session.host.host), session.host.port);
    let mut add = |key: &str, value: &str| {
        text.push_str(&format!(" {key}={}", quote(value)));
    };
    if let Some(address) = session.host.address {
        add("hostaddr", &address.to_string());
    }
    add("user", &c.user);
    add("dbname", &session.dbname);
    // A stored one might not even go with the encoding of the database.
    add("client_encoding", "UTF8");
    // As the session was encrypted or not, so is this connection; how certificates are checked stays as it was asked.
    add("sslmode", if session.encrypted { c.sslmode.max(SslMode::Require).name() } else { "disable" });
    for (key, path) in [("sslrootcert", &c.sslrootcert), ("sslcert", &c.sslcert), ("sslkey", &c.sslkey)] {
        if let Some(path) = path {
            add(key, &path.to_string_lossy());
        }
    }
    if let Some(options) = session.start_options.dump_text(c.options.as_deref()) {
        add("options", &options);
    }
    text
}
