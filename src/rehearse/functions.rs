//! The bodies of functions, checked where everything exists. A migration restores functions without a look at them, as
//! `pg_restore` does, so a body that cannot work would show when it is called.

use crate::migrate::MigrateError;
use crate::outcome::{DatabaseRehearsal, FunctionChecks, FunctionFailure, ObjectResult};
use crate::pg::{ident, literal};
use crate::plan::Entry;
use crate::server::{ProbeError, Session, cell_text, doing};

/// The schema for `plpgsql_check`, which may have functions of the same names as the user.
const CHECK_SCHEMA: &str = "pgpassage_check";

/// Creates every function and procedure once more with its body checked, in a transaction that is undone. `search_path`
/// is that of the source database; what fails there with it as well is told as such.
pub(super) async fn check(
    session: &Session,
    source: &Session,
    entries: &[Entry],
    search_path: &[String],
    done: &mut DatabaseRehearsal,
) -> Result<(), MigrateError> {
    let path = search_path.iter().map(|schema| ident(schema)).collect::<Vec<_>>().join(", ");
    let path = format!("select pg_catalog.set_config('search_path', {}, true)", literal(&path));
    let mut checks = FunctionChecks::default();
    let failed = || doing("check the bodies of functions");
    let begin = format!("begin; set local check_function_bodies = on; {path}");
    session.execute(&begin).await.map_err(failed())?;
    for entry in entries.iter().filter(|entry| is_there(entry, done)) {
        let Some(statement) = create_again(entry) else { continue };
        checks.checked += 1;
        session.execute("savepoint body").await.map_err(failed())?;
        if let Err(error) = session.execute(&statement).await {
            session.execute("rollback to savepoint body").await.map_err(failed())?;
            let fails_on_source = fails_on_source(source, entry.object, &path).await.map_err(failed())?;
            checks.failures.push(FunctionFailure {
                function: function_name(entry),
                checked_by: "check_function_bodies".to_owned(),
                sqlstate: error.sqlstate().map(str::to_owned),
                message: error.to_string(),
                fails_on_source,
            });
        }
    }
    session.execute("rollback").await.map_err(failed())?;
    if entries.iter().any(|entry| entry.definition.contains("LANGUAGE plpgsql")) {
        match plpgsql_check(session, &path, &mut checks).await {
            Ok(true) => {}
            Ok(false) => done.notes.push(
                "the target does not offer plpgsql_check: of bodies in PL/pgSQL only the syntax was checked"
                    .to_owned(),
            ),
            Err(error) => done.notes.push(format!(
                "of bodies in PL/pgSQL only the syntax was checked, since plpgsql_check cannot be used: {error}"
            )),
        }
    }
    done.functions = Some(checks);
    Ok(())
}

/// The statement that creates a function once more; `None` for other entries.
fn create_again(entry: &Entry) -> Option<String> {
    let word = match entry.kind.as_str() {
        "FUNCTION" | "PROCEDURE" => &entry.kind,
        _ => return None,
    };
    let rest = entry.definition.strip_prefix(&format!("CREATE {word} "))?;
    Some(format!("CREATE OR REPLACE {word} {rest}"))
}

fn is_there(entry: &Entry, done: &DatabaseRehearsal) -> bool {
    !done
        .objects
        .iter()
        .any(|o| o.result != ObjectResult::Worked && o.kind == entry.kind && o.tag == entry.tag)
}

fn function_name(entry: &Entry) -> String {
    let schema = entry.schema.as_ref().map(|s| format!("{s}.")).unwrap_or_default();
    format!("{schema}{}", entry.tag)
}

/// Whether the language's own check refuses a function on the source too. It looks at the function, and calls nothing.
async fn fails_on_source(source: &Session, function: u32, path: &str) -> Result<bool, ProbeError> {
    let sql = format!(
        "select l.lanvalidator::pg_catalog.regproc, \
                (select pg_catalog.substr(c, 13) from pg_catalog.unnest(p.proconfig) c where c like 'search\\_path=%') \
           from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang \
          where p.oid = {function} and l.lanvalidator <> 0"
    );
    let rows = source.rows(&sql).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let path = match row.get(1).cloned().flatten() {
        Some(own) => format!("select pg_catalog.set_config('search_path', {}, true)", literal(&own)),
        None => path.to_owned(),
    };
    let validator = cell_text(row, 0);
    let validator = if validator.contains('.') { validator } else { format!("pg_catalog.{validator}") };
    source.execute("savepoint body").await?;
    let checked = source
        .execute(&format!("set local check_function_bodies = on; {path}; select {validator}({function})"))
        .await;
    source.execute("rollback to savepoint body").await?;
    Ok(checked.is_err())
}

/// Lets `plpgsql_check` look at every function in PL/pgSQL, where the target offers it. A trigger function is checked
/// with each table that it is a trigger of.
async fn plpgsql_check(
    session: &Session,
    path: &str,
    checks: &mut FunctionChecks,
) -> Result<bool, ProbeError> {
    let sql =
        "select 1 from pg_catalog.pg_available_extensions where name operator(pg_catalog.=) 'plpgsql_check'";
    if session.single_text(sql).await?.is_none() {
        return Ok(false);
    }
    session
        .execute(&format!(
            "begin; create schema {CHECK_SCHEMA}; create extension plpgsql_check with schema {CHECK_SCHEMA}; {path}"
        ))
        .await?;
    let sql = "select distinct p.oid, n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', \
                      coalesce(t.tgrelid, 0) \
                 from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang \
                 join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
                 left join pg_catalog.pg_trigger t on t.tgfoid = p.oid and not t.tgisinternal \
                where l.lanname operator(pg_catalog.=) 'plpgsql' and p.oid >= 16384 \
                  and (t.oid is not null or p.prorettype not in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)) \
                order by 2, 3";
    for row in session.rows(sql).await? {
        let (function, name, table) = (cell_text(&row, 0), cell_text(&row, 1), cell_text(&row, 2));
        let sql = format!(
            "select c.sqlstate, c.message from {CHECK_SCHEMA}.plpgsql_check_function_tb(funcoid => {function}::pg_catalog.regprocedure, \
                    relid => {table}::pg_catalog.regclass, fatal_errors => false) c where c.level operator(pg_catalog.=) 'error'"
        );
        for found in session.rows(&sql).await? {
            checks.failures.push(FunctionFailure {
                function: name.clone(),
                checked_by: "plpgsql_check".to_owned(),
                sqlstate: found.first().cloned().flatten(),
                message: cell_text(&found, 1),
                fails_on_source: false,
            });
        }
    }
    session.execute("rollback").await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::create_again;
    use crate::plan::Entry;

    #[test]
    fn only_functions_and_procedures_are_created_again() {
        let entry = |kind: &str, definition: &str| Entry {
            kind: kind.to_owned(),
            definition: definition.to_owned(),
            ..Entry::default()
        };
        assert_eq!(
            create_again(&entry("FUNCTION", "CREATE FUNCTION s.f() RETURNS int …")).as_deref(),
            Some("CREATE OR REPLACE FUNCTION s.f() RETURNS int …")
        );
        assert_eq!(create_again(&entry("AGGREGATE", "CREATE AGGREGATE s.a(int) …")), None);
    }
}
