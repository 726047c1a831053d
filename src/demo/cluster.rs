//! One throw-away server: made by `initdb`, reached by a socket in its own folder, gone when dropped.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::config::{Environment, resolve_endpoint};
use crate::demo::install::Install;
use crate::facts::Side;
use crate::server::connect;

/// What a throw-away server is to be like.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// Lines for `postgresql.conf`.
    pub settings: Vec<String>,
    /// The text of `pg_hba.conf`; empty for one that trusts everyone.
    pub host_access: String,
    /// More arguments of `initdb`.
    pub initdb: Vec<String>,
    /// Variables of the environment in which its programs run.
    pub environment: Vec<(String, String)>,
    /// Whether it listens on 127.0.0.1 too, on a free port.
    pub tcp: bool,
}

/// Why a throw-away server cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A file cannot be written.
    #[error("prepare the folder of a server")]
    Io(#[from] std::io::Error),
    /// A server program failed.
    #[error("run {program} of PostgreSQL {major}: {output}")]
    Program {
        /// Which program.
        program: &'static str,
        /// Of which version.
        major: u32,
        /// What it said.
        output: String,
    },
    /// A statement failed.
    #[error("run a statement in database {database}: {reason}")]
    Statement {
        /// Where.
        database: String,
        /// Why.
        reason: String,
    },
}

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    install: Install,
    environment: Vec<(String, String)>,
    /// The folder with its data and its socket.
    pub folder: PathBuf,
    /// Its port; part of the socket's name.
    pub port: u16,
}

impl Cluster {
    /// Makes and starts a server in `folder`, which must not exist and whose path must be short (a socket's path has at
    /// most 107 bytes).
    pub fn start(
        install: &Install,
        folder: &Path,
        options: &ClusterOptions,
    ) -> Result<Cluster, ClusterError> {
        fs::create_dir_all(folder)?;
        let port = if options.tcp { free_port()? } else { 5432 };
        give_to_server_user(folder)?;
        let cluster = Cluster {
            install: install.clone(),
            environment: options.environment.clone(),
            folder: folder.to_owned(),
            port,
        };
        let data = cluster.data();
        let data_text = data.to_string_lossy().into_owned();
        let mut arguments =
            vec!["-D", &data_text, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
        arguments.extend(options.initdb.iter().map(String::as_str));
        cluster.program("initdb", &arguments)?;
        let mut conf = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
        let listen = if options.tcp { "127.0.0.1" } else { "" };
        writeln!(
            conf,
            "listen_addresses = '{listen}'\nport = {port}\nunix_socket_directories = '{}'",
            folder.display()
        )?;
        // Nothing here needs to outlive a crash of the machine.
        writeln!(conf, "fsync = off\nsynchronous_commit = off\nfull_page_writes = off")?;
        for line in &options.settings {
            writeln!(conf, "{line}")?;
        }
        drop(conf);
        if !options.host_access.is_empty() {
            fs::write(data.join("pg_hba.conf"), &options.host_access)?;
        }
        cluster.control(&["start", "-t", "60"])?;
        Ok(cluster)
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its major version.
    pub fn major(&self) -> u32 {
        self.install.major
    }

    /// A connection string for its socket.
    pub fn conninfo(&self, user: &str, dbname: &str) -> String {
        let quote = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        format!(
            "host={} port={} user={} dbname={}",
            quote(&self.folder.to_string_lossy()),
            self.port,
            quote(user),
            quote(dbname)
        )
    }

    /// Runs statements as the superuser.
    pub async fn execute(&self, dbname: &str, sql: &str) -> Result<(), ClusterError> {
        let failed = |reason: String| ClusterError::Statement { database: dbname.to_owned(), reason };
        let endpoint = resolve_endpoint(
            Side::Source,
            &self.conninfo("postgres", dbname),
            &Environment::default(),
            false,
        )
        .map_err(|error| failed(error.to_string()))?;
        let session = connect(&endpoint, dbname, None).await.map_err(|error| failed(error.to_string()))?;
        let path = "set search_path = \"$user\", public";
        session.execute(path).await.map_err(|error| failed(error.to_string()))?;
        session.execute(sql).await.map_err(|error| failed(error.to_string()))
    }

    /// Starts a standby that follows this server, in a folder of its own. This server is restarted for it.
    pub fn standby(&self, folder: &Path) -> Result<Cluster, ClusterError> {
        fs::create_dir_all(folder)?;
        self.control(&["stop", "-m", "fast", "-t", "60"])?;
        let status = Command::new("cp").arg("-r").arg(self.data()).arg(folder).status()?;
        if !status.success() {
            return Err(std::io::Error::other(format!("copy {}", self.data().display())).into());
        }
        self.control(&["start", "-t", "60"])?;
        let standby = Cluster {
            install: self.install.clone(),
            environment: self.environment.clone(),
            folder: folder.to_owned(),
            port: self.port,
        };
        let mut conf = fs::OpenOptions::new().append(true).open(standby.data().join("postgresql.conf"))?;
        let primary = self.conninfo("postgres", "postgres").replace('\'', "''");
        writeln!(
            conf,
            "unix_socket_directories = '{}'\nprimary_conninfo = '{primary}'\nhot_standby = on",
            folder.display()
        )?;
        fs::write(standby.data().join("standby.signal"), "")?;
        give_to_server_user(folder)?;
        standby.control(&["start", "-t", "60"])?;
        Ok(standby)
    }

    /// Stops it, and keeps its data.
    pub fn stop(&self) -> Result<(), ClusterError> {
        self.control(&["stop", "-m", "immediate", "-t", "60"])
    }

    /// Starts it again, or restarts it, so that changed settings hold.
    pub fn restart(&self) -> Result<(), ClusterError> {
        self.control(&["restart", "-m", "fast", "-t", "60"])
    }

    fn control(&self, arguments: &[&str]) -> Result<(), ClusterError> {
        let data = self.data().to_string_lossy().into_owned();
        let log = self.folder.join("log").to_string_lossy().into_owned();
        let mut all = vec!["-D", &data, "-l", &log, "-w", "-s"];
        all.extend(arguments);
        self.program("pg_ctl", &all)
    }

    fn program(&self, program: &'static str, arguments: &[&str]) -> Result<(), ClusterError> {
        let path = self.install.bin.join(program);
        let mut command = match server_user() {
            // PostgreSQL refuses to run as root.
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(&path);
                command
            }
            None => Command::new(&path),
        };
        // A server that inherits a pipe would keep it open for as long as it runs, so its output goes to a file.
        let output_file = self.folder.join(format!("{program}.out"));
        let output = fs::File::create(&output_file)?;
        let status = command
            .args(arguments)
            .current_dir("/")
            .env_remove("PGDATA")
            .env("LC_ALL", "C")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .status()?;
        if status.success() {
            return Ok(());
        }
        let mut output = fs::read_to_string(&output_file).unwrap_or_default();
        if let Ok(log) = fs::read_to_string(self.folder.join("log")) {
            output.extend(log.lines().rev().take(5).map(|line| format!("\n{line}")));
        }
        Err(ClusterError::Program { program, major: self.install.major, output: output.trim().to_owned() })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A server that is already stopped, or whose folder is gone, is as good as stopped.
        let _ = self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Gives a folder to the user that runs the servers, if that is another one.
fn give_to_server_user(folder: &Path) -> std::io::Result<()> {
    let Some(owner) = server_user() else { return Ok(()) };
    let status = Command::new("chown").arg("-R").arg(owner).arg(folder).status()?;
    if status.success() {
        return Ok(());
    }
    Err(std::io::Error::other(format!("give {} to {owner}", folder.display())))
}

/// The user that runs the servers when root asks for them.
fn server_user() -> Option<&'static str> {
    let output = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8_lossy(&output.stdout).trim() != "0" {
        return None;
    }
    let exists = |user: &str| {
        Command::new("id")
            .arg(user)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    Some(if exists("postgres") { "postgres" } else { "nobody" })
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
