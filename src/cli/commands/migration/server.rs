//! What `--name` means, in every command the same: the target, by a name of `[servers]` in pgpassage.toml, by `host:port`, by
//! its host, or by the first label of that.

use std::path::Path;

use crate::cli::Context;
use crate::cli::config::DEFAULT_FILE;
use crate::config::{read_config, resolve_endpoint};
use crate::error::Error;
use crate::facts::Side;
use crate::pg::conninfo_value;

/// The connection string that a name stands for.
pub(super) fn conninfo(name: &str, config: Option<&Path>) -> Result<String, Error> {
    if let Some(known) = alias(name, config)? {
        return Ok(known);
    }
    let (host, port) = host_and_port(name);
    let port = port.map(|port| format!(" port={port}")).unwrap_or_default();
    Ok(format!("host={}{port}", conninfo_value(host)))
}

/// The name as the store knows it: a name of the file is its `host:port`.
pub(super) fn stored_name(name: &str, context: &Context) -> Result<String, Error> {
    match alias(name, None)? {
        Some(conninfo) => address(&conninfo, context),
        None => Ok(name.to_owned()),
    }
}

/// `host:port` of a connection string.
pub(super) fn address(conninfo: &str, context: &Context) -> Result<String, Error> {
    let endpoint = resolve_endpoint(Side::Target, conninfo, &context.env, false)?;
    Ok(format!("{}:{}", endpoint.conninfo.host_text(), endpoint.conninfo.port()))
}

fn alias(name: &str, config: Option<&Path>) -> Result<Option<String>, Error> {
    let file = config.unwrap_or(Path::new(DEFAULT_FILE));
    if config.is_none() && !file.is_file() {
        return Ok(None);
    }
    Ok(read_config(file)?.servers.remove(name))
}

/// The parts of `host:port` or `[address]:port`; what has no port is a host as it stands.
fn host_and_port(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((host, port))
            if !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && (!host.contains(':') || host.ends_with(']')) =>
        {
            (host.trim_start_matches('[').trim_end_matches(']'), Some(port))
        }
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{conninfo, host_and_port};

    #[test]
    fn the_name_of_a_server_may_have_a_port() {
        for (name, expected) in [
            ("localhost:5752", ("localhost", Some("5752"))),
            ("db.example.com", ("db.example.com", None)),
            ("[::1]:5433", ("::1", Some("5433"))),
            ("::1", ("::1", None)),
        ] {
            assert_eq!(host_and_port(name), expected);
        }
    }

    #[test]
    fn a_name_of_the_file_stands_for_its_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, "[servers.prod]\nhost = 'db.example'\nport = 5433\n").unwrap();
        assert_eq!(conninfo("prod", Some(&path)).unwrap(), "host='db.example' port='5433'");
        assert_eq!(conninfo("other:1", Some(&path)).unwrap(), "host='other' port=1");
    }
}
