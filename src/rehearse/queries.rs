//! The statements of applications, prepared where everything exists and never executed. One that the target cannot
//! prepare is prepared on the source too: only what works there and not here is a finding.

use std::collections::BTreeMap;

use crate::facts::DatabasePair;
use crate::migrate::MigrateError;
use crate::outcome::{DatabaseRehearsal, QueryChecks, QueryFailure, Unjudged};
use crate::pg::{ident, literal, qualified};
use crate::rehearse::run::Rehearsal;
use crate::rehearse::statements::{AppStatement, Statements, id, is_analysed, normalised, without_constants};
use crate::server::{Session, cell_text, connect, doing};

/// Where names are looked up when nobody has set anything. Source: `search_path` in
/// <https://www.postgresql.org/docs/18/runtime-config-client.html>.
const DEFAULT_PATH: &str = "\"$user\", public";

/// The search paths that sessions find in a database.
#[derive(Debug, Default)]
struct SearchPaths {
    /// For everybody.
    of_database: Option<String>,
    /// By role; true when only for this database, which weighs more.
    of_roles: BTreeMap<(String, bool), String>,
}

impl SearchPaths {
    fn of(&self, user: &str) -> String {
        let of_role = |in_database| self.of_roles.get(&(user.to_owned(), in_database));
        let path = of_role(true).or_else(|| of_role(false)).or(self.of_database.as_ref());
        path.map_or(DEFAULT_PATH, String::as_str).replace("\"$user\"", &ident(user))
    }
}

impl Rehearsal<'_> {
    /// Prepares the statements that are sent to a database.
    pub(super) async fn prepare_queries(
        &self,
        pair: &DatabasePair,
        session: &Session,
        statements: &Statements,
        done: &mut DatabaseRehearsal,
    ) -> Result<(), MigrateError> {
        let plan = &self.plan.migrate;
        let source = connect(&plan.source, &pair.source, plan.home.as_deref()).await?;
        source.prepare_migration().await.map_err(doing("set up a session on the source"))?;
        let mut checks = QueryChecks::default();
        let mut unjudged: BTreeMap<String, usize> = BTreeMap::new();
        let found = match statements {
            Statements::Given(given) => given.clone(),
            Statements::PgStatStatements => match self.pg_stat_statements(pair, &source).await {
                Ok(found) => found,
                Err(error) => {
                    unjudged.insert(format!("pg_stat_statements cannot be read on the source: {error}"), 1);
                    Vec::new()
                }
            },
        };
        let of_database = |s: &&AppStatement| s.database.as_ref().is_none_or(|name| *name == pair.source);
        let mut distinct: BTreeMap<(String, String), (AppStatement, i64)> = BTreeMap::new();
        for statement in found.iter().filter(of_database) {
            let key = (statement.user.clone(), normalised(&statement.text));
            distinct.entry(key).or_insert_with(|| (statement.clone(), 0)).1 += statement.calls;
        }
        let paths = search_paths(&source, &pair.source).await?;
        for ((user, shown), (statement, calls)) in distinct {
            let mut cannot_tell = |why: &str| *unjudged.entry(why.to_owned()).or_default() += 1;
            if statement.text == "<insufficient privilege>" {
                cannot_tell("its text cannot be read on the source (grant pg_read_all_stats)");
                continue;
            }
            if !is_analysed(&statement.text) {
                cannot_tell("it is a utility statement, of which only the syntax would be looked at");
                continue;
            }
            let path = paths.of(&user);
            let path = format!("select pg_catalog.set_config('search_path', {}, false)", literal(&path));
            session.execute(&path).await.map_err(doing("set the search path of an application"))?;
            let Err(error) = session.prepare_only(&statement.text).await else {
                checks.prepared += 1;
                continue;
            };
            source.execute(&path).await.map_err(doing("set the search path of an application"))?;
            if source.prepare_only(&statement.text).await.is_err() {
                cannot_tell(
                    "the source cannot prepare it either: its text is incomplete, or it needs something of its session",
                );
                continue;
            }
            checks.failures.push(QueryFailure {
                id: id(&shown),
                user,
                calls,
                sqlstate: error.sqlstate().map(str::to_owned),
                message: without_constants(&error.to_string(), &statement.text),
                statement: shown,
            });
        }
        checks.could_not_check =
            unjudged.into_iter().map(|(reason, statements)| Unjudged { reason, statements }).collect();
        done.queries = Some(checks);
        Ok(())
    }

    /// What `pg_stat_statements` knows of a database. The extension may be in this one, or where it was put for all.
    async fn pg_stat_statements(
        &self,
        pair: &DatabasePair,
        source: &Session,
    ) -> Result<Vec<AppStatement>, MigrateError> {
        let plan = &self.plan.migrate;
        let failed = || doing("read pg_stat_statements on the source");
        let sql = "select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace \
                   where e.extname = 'pg_stat_statements'";
        let elsewhere;
        let (session, schema) = match source.single_text(sql).await.map_err(failed())? {
            Some(schema) => (source, schema),
            None => {
                elsewhere = connect(&plan.source, "postgres", plan.home.as_deref()).await?;
                elsewhere.prepare_migration().await.map_err(failed())?;
                let schema = elsewhere.single_text(sql).await.map_err(failed())?;
                let missing = "it is not installed in this database, nor in database postgres";
                (&elsewhere, schema.ok_or_else(|| MigrateError::Refused(missing.to_owned()))?)
            }
        };
        let sql = format!(
            "select s.query, coalesce(r.rolname, ''), pg_catalog.sum(s.calls) from {} s \
               join pg_catalog.pg_database d on d.oid = s.dbid left join pg_catalog.pg_roles r on r.oid = s.userid \
              where d.datname = {} group by 1, 2",
            qualified(&schema, "pg_stat_statements"),
            literal(&pair.source)
        );
        let rows = session.rows(&sql).await.map_err(failed())?;
        Ok(rows
            .iter()
            .map(|row| AppStatement {
                text: cell_text(row, 0),
                user: cell_text(row, 1),
                database: Some(pair.source.clone()),
                calls: cell_text(row, 2).parse().unwrap_or(0),
            })
            .collect())
    }
}

async fn search_paths(source: &Session, database: &str) -> Result<SearchPaths, MigrateError> {
    let sql = format!(
        "select r.rolname, s.setdatabase <> 0, pg_catalog.substr(u.setting, 13) from pg_catalog.pg_db_role_setting s \
           cross join lateral pg_catalog.unnest(s.setconfig) as u (setting) left join pg_catalog.pg_roles r on r.oid = s.setrole \
          where u.setting like 'search\\_path=%' and (s.setrole = 0 or r.oid is not null) \
            and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = {}))",
        literal(database)
    );
    let rows = source.rows(&sql).await.map_err(doing("read the search paths of the source"))?;
    let mut paths = SearchPaths::default();
    for row in rows {
        let path = cell_text(&row, 2);
        match row.first().cloned().flatten() {
            Some(role) => {
                paths.of_roles.insert((role, cell_text(&row, 1) == "t"), path);
            }
            None => paths.of_database = Some(path),
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::SearchPaths;

    #[test]
    fn the_path_for_a_role_in_a_database_weighs_most() {
        let mut paths = SearchPaths { of_database: Some("shop".to_owned()), ..SearchPaths::default() };
        assert_eq!(paths.of("app"), "shop");
        paths.of_roles.insert(("app".to_owned(), false), "\"$user\", x".to_owned());
        assert_eq!((paths.of("app").as_str(), paths.of("other").as_str()), ("\"app\", x", "shop"));
        paths.of_roles.insert(("app".to_owned(), true), "y".to_owned());
        assert_eq!(paths.of("app"), "y");
        assert_eq!(SearchPaths::default().of("a"), "\"a\", public");
    }
}
