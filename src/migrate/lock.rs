//! One migration at a time into a database of the target, and the sessions that a dead migration left behind.

use std::time::Duration;

use crate::facts::DatabasePair;
use crate::migrate::error::MigrateError;
use crate::pg::{NAME_BYTES_MAX, literal};
use crate::server::{ConnectFailure, Endpoint, Session, connect, connect_any, doing};

/// The first key of our advisory locks: `pgpa` as a number. The second is the hash of the database's name.
const LOCK_CLASS: i32 = 0x7067_7061;

/// The longest name of the sessions of a run: the session with the lock, which has a longer one, is never taken for one
/// of them.
const RUN_NAME_BYTES_MAX: usize = 48;

/// How the sessions of a run are called on the servers.
pub fn application_name(run: &str) -> String {
    let mut name = format!("pgpassage {run}");
    name.truncate(RUN_NAME_BYTES_MAX);
    name
}

/// The session that holds the locks. They end with it, whatever happens to this program.
#[derive(Debug)]
pub(crate) struct TargetLock {
    _session: Session,
}

impl TargetLock {
    /// Takes the locks of all databases, or says who has one. Advisory locks belong to the database of the session that
    /// takes them, so every run takes them in the same one where it can.
    pub(crate) async fn take(
        target: &Endpoint,
        home: Option<&std::path::Path>,
        databases: &[DatabasePair],
        host: &str,
    ) -> Result<TargetLock, MigrateError> {
        let session = match connect(target, "postgres", home).await {
            Ok(session) => session,
            Err(ConnectFailure { .. }) => connect_any(target, home).await?,
        };
        session.prepare_migration().await.map_err(doing("set up a session on the target"))?;
        // Told to whoever finds the lock taken.
        let mut name = format!("{} on {host}", target.application_name);
        name.truncate(name.floor_char_boundary(NAME_BYTES_MAX));
        let sql = format!("set application_name = {}", literal(&name));
        session.execute(&sql).await.map_err(doing("name the session that locks the target"))?;
        for pair in databases {
            let key = format!("{LOCK_CLASS}, pg_catalog.hashtext({})", literal(&pair.target));
            let action = || format!("lock database {} of the target", pair.target);
            let taken = session
                .single_text(&format!("select pg_catalog.pg_try_advisory_lock({key})"))
                .await
                .map_err(doing(action()))?;
            if taken.as_deref() == Some("t") {
                continue;
            }
            let sql = format!(
                "select coalesce(nullif(a.application_name, ''), 'a session without a name') || ', process ' || l.pid || ' of the server' \
                        || coalesce(', user ' || a.usename, '') || coalesce(', from ' || pg_catalog.host(a.client_addr), '') \
                   from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid \
                  where l.locktype = 'advisory' and l.granted and l.classid = {LOCK_CLASS} \
                    and l.objid = (pg_catalog.hashtext({})::bigint & 4294967295)::pg_catalog.oid \
                    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())",
                literal(&pair.target)
            );
            let holder = session.single_text(&sql).await.map_err(doing(action()))?;
            return Err(MigrateError::Refused(format!(
                "a migration into database {} of the target is in progress: {}; hint: if that is no migration, somebody \
                 else has taken its lock: end the session with pg_terminate_backend",
                pair.target,
                holder.unwrap_or_else(|| "who runs it is not visible".to_owned())
            )));
        }
        Ok(TargetLock { _session: session })
    }
}

/// Cancels the statements of all other sessions of the run. Best effort: a server that cannot be reached has ended the
/// sessions itself.
pub(crate) async fn cancel_statements(control: &Session) {
    let _ = control.execute(&others(control, "pg_cancel_backend")).await;
}

/// Ends the sessions that an earlier process of the same run left on a server, and waits until they are gone: they may
/// still build an index nobody waits for.
pub(crate) async fn end_stale_sessions(control: &Session) -> Result<(), MigrateError> {
    let action = || format!("end the sessions that the interrupted run left on the {}", control.side);
    for _ in 0..100 {
        let left = control.rows(&others(control, "pg_terminate_backend")).await.map_err(doing(action()))?;
        if left.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(MigrateError::statement(action(), "they are still there after 10 seconds"))
}

fn others(control: &Session, function: &str) -> String {
    format!(
        "select pg_catalog.{function}(pid) from pg_catalog.pg_stat_activity \
          where application_name = {} and pid <> pg_catalog.pg_backend_pid() and usename = current_user",
        literal(&control.application_name)
    )
}

#[cfg(test)]
mod tests {
    use super::application_name;

    #[test]
    fn the_name_of_a_session_is_one_that_servers_keep() {
        assert_eq!(application_name("july"), "pgpassage july");
        assert_eq!(application_name(&"x".repeat(100)).len(), 48);
    }
}
