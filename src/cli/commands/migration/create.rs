//! `migration create`: from a properties file, from flags, or from both.

use crate::app::{Remember, RunOption, RunSpec, Runs, check, detach};
use crate::cli::args::migration::{CreateArgs, Mode};
use crate::cli::commands::migration::{follow_and_print, ignore_service_flags, print};
use crate::cli::{Context, Exit, output};
use crate::config::{Environment, Properties, read_properties, state_folder};
use crate::error::Error;
use crate::pg::conninfo_value;
use crate::plan::{IfExists, RolesChoice};
use crate::report::safe;

pub(super) async fn run(args: CreateArgs, context: &mut Context) -> Result<Exit, Error> {
    if args.migration_mode == Mode::Online {
        return Err(Error::Usage {
            message: "online migrations are not done: a copy that may lack changes made after its snapshot cannot be \
                      proved to be complete"
                .to_owned(),
            hint: Some("stop the applications that write to the source, and migrate with --migration-mode offline".to_owned()),
        });
    }
    let properties = match &args.properties {
        Some(path) => read_properties(path, &context.env)?,
        None => Properties::default(),
    };
    for notice in &properties.notices {
        output::complain(&safe(&format!("note: {notice}")));
    }
    let env = with_passwords(&context.env, &properties);
    let checked = check(merge(&args, properties)?, args.migration_name.as_deref(), &env)?;
    ignore_service_flags(&args.store.service);
    let Some(folder) = state_folder(args.store.folder.state_dir.as_deref(), &env) else {
        return Err(Error::Usage {
            message: "there is no folder in which migrations are remembered".to_owned(),
            hint: Some("name one with --state-dir or PGPASSAGE_STATE_DIR".to_owned()),
        });
    };
    let runs = Runs::new(&env, Remember::In(folder));
    if args.no_wait {
        let folder = runs.create(&checked)?;
        print(&detach(&folder, &checked, None)?, args.format.format)?;
        return Ok(Exit::Ready);
    }
    let handle = runs.start(checked, context.cancel.clone())?;
    let folder = handle.folder.clone().unwrap_or_default();
    follow_and_print(handle, &folder, args.format.format, context).await
}

fn with_passwords(env: &Environment, properties: &Properties) -> Environment {
    let mut env = env.clone();
    for (name, password) in [
        ("PGPASSAGE_SOURCE_PASSWORD", &properties.source_password),
        ("PGPASSAGE_TARGET_PASSWORD", &properties.target_password),
    ] {
        if let Some(password) = password {
            env = env.with(name, password.expose());
        }
    }
    env
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

/// Flags weigh more than the properties file.
fn merge(args: &CreateArgs, properties: Properties) -> Result<RunSpec, Error> {
    let option = match (args.migration_option, properties.option.as_deref()) {
        (Some(option), _) => option,
        (None, Some("Validate")) => RunOption::Validate,
        (None, Some("Migrate")) => RunOption::Migrate,
        (None, _) => RunOption::ValidateAndMigrate,
    };
    let mut spec = args.spec.spec(option);
    spec.source_type = properties.source_type;
    let servers = &mut spec.servers;
    servers.source = servers.source.take().or(properties.source);
    servers.target = servers.target.take().or(properties.target);
    servers.sslmode = properties.sslmode;
    if servers.target.is_none()
        && let Some(name) = &args.store.name
    {
        let (host, port) = host_and_port(name);
        let port = port.map(|port| format!(" port={port}")).unwrap_or_default();
        let user = properties
            .target_user
            .as_ref()
            .map(|user| format!(" user={}", conninfo_value(user)))
            .unwrap_or_default();
        servers.target = Some(format!("host={}{port}{user}", conninfo_value(host)));
    }
    if servers.databases.is_empty() && !servers.all_databases {
        servers.databases = properties.databases;
    }
    if properties.overwrite == Some(true) {
        spec.options.if_exists = IfExists::Overwrite;
    }
    if properties.migrate_roles == Some(false) {
        spec.options.roles = RolesChoice::None;
    }
    if servers.source.is_none() {
        return Err(Error::Usage {
            message: "no source is given".to_owned(),
            hint: Some(
                "name it with sourceDbServerResourceId in the properties file, or with --source".to_owned(),
            ),
        });
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{host_and_port, merge};
    use crate::cli::args::migration::CreateArgs;
    use crate::config::{Environment, read_properties};
    use crate::pg::SslMode;

    #[derive(Parser)]
    struct Create {
        #[command(flatten)]
        args: CreateArgs,
    }

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
    fn tls_that_the_properties_demand_holds_for_a_target_that_is_named_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.json");
        let body = r#"{"properties": {"sourceDbServerResourceId": "a@u", "sslMode": "Require"}}"#;
        std::fs::write(&path, body).unwrap();
        for target in [["--name", "b"], ["--target", "host=b"]] {
            let properties = read_properties(&path, &Environment::default()).unwrap();
            let create = Create::try_parse_from(["create"].iter().chain(&target)).unwrap();
            let servers = merge(&create.args, properties).unwrap().servers;
            assert_eq!(servers.sslmode, Some(SslMode::Require), "{target:?}");
            assert!(servers.target.is_some_and(|target| target.starts_with("host=")));
        }
    }
}
