//! The least rights that an outcome needs on a server, as SQL that an administrator reads and runs with `psql`.

use std::fmt::Write as _;

use crate::facts::Side;
use crate::pg::{ServerVersion, ident, literal};
use crate::report::{in_database, safe};

/// Whom rights are for, and what for.
#[derive(Debug, Clone)]
pub struct GrantRequest<'a> {
    /// On which server.
    pub side: Side,
    /// The user of the connection, who exists already.
    pub user: &'a str,
    /// The version of the server.
    pub version: ServerVersion,
    /// The databases of the source; none for a script that is run in one database after the other.
    pub databases: &'a [String],
    /// Whether databases are migrated, or the servers only judged.
    pub migrates: bool,
    /// The managed service that the server belongs to, if it does.
    pub service: Option<&'a str>,
}

/// Since when `pg_read_all_data` is there. Source: <https://www.postgresql.org/docs/release/14.0/>.
const READ_ALL_DATA_SINCE: i64 = 140_000;

/// Since when `pg_create_subscription` is there. Source: <https://www.postgresql.org/docs/release/16.0/>.
const CREATE_SUBSCRIPTION_SINCE: i64 = 160_000;

/// The script. It may be run again.
pub fn grants(request: &GrantRequest<'_>) -> String {
    let user = ident(request.user);
    let mut script = String::new();
    comment(
        &mut script,
        &format!(
            "What {user} needs on the {} ({} {}) to {}.",
            request.side,
            request.service.unwrap_or("PostgreSQL"),
            request.version.major(),
            if request.migrates { "validate and migrate" } else { "validate" }
        ),
    );
    let administrator =
        if request.service.is_some() { "the administrator of the service" } else { "a superuser" };
    comment(
        &mut script,
        &format!("Read it, then run it as {administrator}: psql -X -v ON_ERROR_STOP=1 -f THIS_FILE"),
    );
    script.push('\n');
    comment(&mut script, "All settings, and what other sessions do.");
    statement(&mut script, &format!("grant pg_read_all_settings to {user}"));
    statement(&mut script, &format!("grant pg_read_all_stats to {user}"));
    match request.side {
        Side::Source => source(&mut script, request),
        Side::Target => target(&mut script, request),
    }
    script
}

fn source(script: &mut String, request: &GrantRequest<'_>) {
    let user = ident(request.user);
    if request.version.0 >= READ_ALL_DATA_SINCE {
        comment(
            script,
            "All schemas, tables, views and sequences of all databases are read, and nothing is written.",
        );
        statement(script, &format!("grant pg_read_all_data to {user}"));
    }
    if request.migrates {
        comment(
            script,
            "Passwords of roles are for superusers. Without this, roles arrive without them, and are listed:",
        );
        comment(script, &format!("grant select on pg_catalog.pg_authid to {user};"));
    }
    let statements = format!("do {};\n", literal(&of_database(request)));
    if request.databases.is_empty() {
        comment(script, "What follows is for one database: run it in each that is migrated.");
        script.push_str(&statements);
    }
    for database in request.databases {
        in_database(script, database, &statements);
    }
}

/// What stands in the catalog of one database, as a block of PL/pgSQL.
fn of_database(request: &GrantRequest<'_>) -> String {
    let user = literal(request.user);
    let mut body = format!(
        "execute pg_catalog.format('grant connect on database %I to %I', pg_catalog.current_database(), {user});\n"
    );
    if request.version.0 < READ_ALL_DATA_SINCE {
        body.push_str(
            "for one in select n.nspname as name from pg_catalog.pg_namespace n \
             where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' loop\n",
        );
        for right in
            ["usage on schema", "select on all tables in schema", "select on all sequences in schema"]
        {
            let _ =
                writeln!(body, "  execute pg_catalog.format('grant {right} %I to %I', one.name, {user});");
        }
        body.push_str("end loop;\n");
    }
    let _ = write!(
        body,
        "-- Large objects have rights of their own.\n\
         for one in select l.oid as name from pg_catalog.pg_largeobject_metadata l loop\n  \
           execute pg_catalog.format('grant select on large object %s to %I', one.name, {user});\n\
         end loop;\n\
         -- Row-level security hides rows, and a copy must have them all.\n\
         if exists (select from pg_catalog.pg_class c where c.relrowsecurity) then\n  \
           execute pg_catalog.format('alter role %I bypassrls', {user});\n\
         end if;\n"
    );
    format!("\ndeclare one record;\nbegin\n{body}end\n")
}

fn target(script: &mut String, request: &GrantRequest<'_>) {
    let user = ident(request.user);
    let creates = format!("alter role {user} createdb createrole");
    if request.migrates {
        comment(script, "Databases and roles are created, and a throw-away database for the rehearsal.");
        statement(script, &creates);
    } else {
        comment(script, "Nothing is created; that this user could not migrate is in the verdict, until:");
        comment(script, &format!("{creates};"));
    }
    script.push('\n');
    comment(script, "Only where it applies:");
    let mut more = vec![
        (
            "a role that is there already owns objects of the source (or use --owner target-user)",
            format!("grant ROLE to {user};"),
        ),
        (
            "a database that is there already is loaded or replaced",
            format!("alter database NAME owner to {user};"),
        ),
        ("sessions in a database that is replaced are ended", format!("grant pg_signal_backend to {user};")),
    ];
    if request.version.0 >= CREATE_SUBSCRIPTION_SINCE {
        more.push(("subscriptions are created", format!("grant pg_create_subscription to {user};")));
    }
    for (when, sql) in more {
        comment(script, &format!("{when}: {sql}"));
    }
}

fn statement(script: &mut String, sql: &str) {
    let _ = writeln!(script, "{sql};");
}

/// A line that is no statement, whatever is in it.
fn comment(script: &mut String, text: &str) {
    let _ = writeln!(script, "-- {}", safe(text));
}

#[cfg(test)]
mod tests {
    use super::{GrantRequest, grants};
    use crate::facts::Side;
    use crate::pg::ServerVersion;

    fn script(side: Side, version: i64, migrates: bool, user: &str) -> String {
        let version = ServerVersion(version);
        let databases = ["shop".to_owned()];
        grants(&GrantRequest { side, user, version, databases: &databases, migrates, service: None })
    }

    #[test]
    fn rights_fit_side_version_and_outcome() {
        let new = script(Side::Source, 150_000, true, "Mover");
        assert!(
            new.contains("\ngrant pg_read_all_data to \"Mover\";") && !new.contains("all tables"),
            "{new}"
        );
        assert!(new.contains("\n-- grant select on pg_catalog.pg_authid"), "{new}");
        let old = script(Side::Source, 130_000, false, "Mover");
        assert!(old.contains("all tables in schema") && !old.contains("pg_read_all_data"), "{old}");
        assert!(!old.contains("pg_authid"), "{old}");
        let target = script(Side::Target, 150_000, true, "Mover");
        assert!(target.contains("\nalter role \"Mover\" createdb createrole;"), "{target}");
        assert!(!target.contains("pg_create_subscription"), "{target}");
        assert!(!script(Side::Target, 180_000, false, "m").contains("\nalter role"));
    }

    #[test]
    fn a_hostile_name_ends_no_comment() {
        let user = "x\n; drop database shop; --";
        for side in [Side::Source, Side::Target] {
            let script = script(side, 180_000, true, user);
            let count = |text: &str| script.matches(text).count();
            assert_eq!(count(user), count(&format!("\"{user}\"")) + count(&format!("'{user}'")), "{script}");
        }
    }
}
