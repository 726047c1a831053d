//! Servers that imitate managed services as far as plain PostgreSQL can: the provider alone is superuser, and roles,
//! memberships, owners and privileges of parameters are those that the services document. Not imitated: allow-lists (only
//! shown as settings), proxies, and what hooks of the providers allow their administrators, such as event triggers.

use std::path::Path;
use std::process::Command;

use pgpassage::demo::{Cluster, ClusterOptions, Install};

use crate::{execute, execute_as, start};

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Azure,
    Rds,
    CloudSql,
}

impl Kind {
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Kind::Azure => "azure-flexible-server",
            Kind::Rds => "aws-rds",
            Kind::CloudSql => "gcp-cloudsql",
        }
    }

    /// The file with its page in the documentation.
    pub(crate) fn page(self) -> &'static str {
        match self {
            Kind::Azure => "azure.md",
            Kind::Rds => "rds.md",
            Kind::CloudSql => "cloudsql.md",
        }
    }

    /// The superuser, which no customer gets.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Kind::Azure => "azuresu",
            Kind::Rds => "rdsadmin",
            Kind::CloudSql => "cloudsqladmin",
        }
    }

    /// Who the customer is.
    pub(crate) fn administrator(self) -> &'static str {
        match self {
            Kind::Azure => "dbadmin",
            Kind::Rds | Kind::CloudSql => "postgres",
        }
    }

    fn settings(self) -> &'static str {
        match self {
            Kind::Azure => {
                "azure.extensions = 'PG_STAT_STATEMENTS,PGCRYPTO,CITEXT,HSTORE,PG_TRGM,POSTGRES_FDW,UUID-OSSP'"
            }
            Kind::Rds => "rds.extensions = 'pg_stat_statements,pgcrypto,citext,hstore,postgres_fdw,pg_trgm'",
            Kind::CloudSql => "cloudsql.iam_authentication = off",
        }
    }

    fn roles(self) -> &'static str {
        match self {
            Kind::Azure => include_str!("azure.sql"),
            Kind::Rds => include_str!("rds.sql"),
            Kind::CloudSql => include_str!("cloudsql.sql"),
        }
    }

    /// The provider's own databases.
    fn databases(self) -> &'static [&'static str] {
        match self {
            Kind::Azure => &["azure_sys", "azure_maintenance"],
            Kind::Rds => &["rdsadmin"],
            Kind::CloudSql => &["cloudsqladmin"],
        }
    }
}

/// Starts a server like one of the service, in `folder`.
pub(crate) fn start_service(kind: Kind, install: &Install, folder: &Path, name: &str) -> Cluster {
    let install = trusting(install, &folder.join(format!("{name}-install")));
    let options = ClusterOptions {
        settings: vec![kind.settings().to_owned(), "max_connections = 60".to_owned()],
        ..ClusterOptions::default()
    };
    let server = start(&install, folder, name, &options);
    let provider = kind.provider();
    execute(&server, "postgres", "create role for_a_moment superuser login");
    execute_as(&server, "for_a_moment", "postgres", &format!("alter role postgres rename to {provider}"));
    for database in kind.databases() {
        execute_as(&server, provider, "postgres", &format!("create database {database}"));
        execute_as(
            &server,
            provider,
            "postgres",
            &format!("revoke connect on database {database} from public"),
        );
    }
    execute_as(&server, provider, "postgres", &format!("drop role for_a_moment; {}", kind.roles()));
    if kind == Kind::Azure {
        for database in ["postgres", "template1"] {
            let sql =
                "alter schema public owner to azure_pg_admin; grant all on schema public to azure_pg_admin";
            execute_as(&server, provider, database, sql);
        }
    }
    server
}

/// A copy of the programs that trusts the administrator with extensions, as the services do.
fn trusting(install: &Install, folder: &Path) -> Install {
    let from = install.bin.parent().expect("a folder of programs");
    std::fs::create_dir(folder).expect("own folder");
    for part in ["bin", "share"] {
        let status = Command::new("cp").arg("-r").arg(from.join(part)).arg(folder).status();
        assert!(status.is_ok_and(|status| status.success()), "the programs are copied");
    }
    std::os::unix::fs::symlink(from.join("lib"), folder.join("lib")).expect("own folder");
    let extensions = folder.join("share/postgresql/extension");
    let append = |file: &str, line: &str| {
        let path = extensions.join(file);
        let text = std::fs::read_to_string(&path).expect("an extension of the server");
        std::fs::write(&path, format!("{text}\n{line}\n")).expect("own copy");
    };
    for extension in ["pg_stat_statements", "postgres_fdw", "dblink"] {
        append(&format!("{extension}.control"), "trusted = true");
    }
    append(
        "postgres_fdw--1.0.sql",
        "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO @extowner@ WITH GRANT OPTION;",
    );
    Install { major: install.major, bin: folder.join("bin") }
}
