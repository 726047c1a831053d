//! Throw-away databases on the target: created under a name of ours, marked by a comment, recognised after a crash, dropped.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::pg::{hex, ident, literal};
use crate::server::session::{Session, cell_text};
use crate::server::snapshot::{WorkError, doing};

/// How every name of a throw-away database starts. Sixteen hexadecimal digits follow.
pub const THROWAWAY_PREFIX: &str = "pgpassage_rehearsal_";

/// How the comment of a throw-away database or role starts. JSON follows.
const MARK: &str = "made and dropped by pgpassage: ";

/// The first key of the advisory locks of those who use a throw-away database: `pgpr` as a number. The second is the hash
/// of the name of the database that it stands for.
const LOCK_CLASS: i32 = 0x7067_7072;

/// How often something that a dying session still holds is tried, with [`PAUSE`] between.
const ATTEMPTS_MAX: usize = 100;

/// How long is waited between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// `object_in_use`. Source: <https://www.postgresql.org/docs/18/errcodes-appendix.html>.
const IN_USE: &str = "55006";

/// What the comment tells to whoever finds the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// The database of the target that it stands for.
    stands_for: String,
    /// Roles that the user was made a member of for the time being.
    #[serde(default)]
    granted: Vec<String>,
}

/// A throw-away database. It has to be dropped by [`Throwaway::drop`]; one that was not is dropped by the next
/// [`sweep`].
#[derive(Debug)]
pub struct Throwaway {
    /// Its name.
    pub name: String,
    mark: Mark,
}

impl Throwaway {
    /// Creates one. `stands_for` is the database of the target that it stands for, `statement` makes the statement from
    /// the name. The control session holds the lock, so it has to live as long as the database.
    pub async fn create(
        control: &Session,
        stands_for: &str,
        statement: impl FnOnce(&str) -> String,
    ) -> Result<Throwaway, WorkError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut hash = Sha256::new();
        hash.update(format!("{stands_for} {} {now}", std::process::id()));
        let name = format!("{THROWAWAY_PREFIX}{}", hex(&hash.finalize()[..8]));
        let sql = statement(&name);
        control.execute(&sql).await.map_err(doing(format!("create a throw-away database ({sql})")))?;
        let throwaway =
            Throwaway { name, mark: Mark { stands_for: stands_for.to_owned(), ..Mark::default() } };
        if let Err(error) = throwaway.write_mark(control).await {
            throwaway.drop(control).await?;
            return Err(error);
        }
        Ok(throwaway)
    }

    async fn write_mark(&self, control: &Session) -> Result<(), WorkError> {
        let sql = format!("comment on database {} is {}", ident(&self.name), literal(&mark_text(&self.mark)));
        control.execute(&sql).await.map_err(doing(format!("mark the throw-away database {}", self.name)))
    }

    /// Remembers roles that the user is about to be made a member of, so that a crash does not leave it one.
    pub async fn remember_granted(&mut self, control: &Session, roles: &[String]) -> Result<(), WorkError> {
        self.mark.granted = roles.to_vec();
        self.write_mark(control).await
    }

    /// Drops it, with all sessions that are still in it.
    pub async fn drop(&self, control: &Session) -> Result<(), WorkError> {
        drop_database(control, &self.name).await
    }
}

fn mark_text(mark: &Mark) -> String {
    format!("{MARK}{}", serde_json::to_string(mark).unwrap_or_default())
}

/// The comment that marks a role as one of ours, to be dropped with the throw-away database of `stands_for`.
pub fn role_mark(stands_for: &str) -> String {
    mark_text(&Mark { stands_for: stands_for.to_owned(), ..Mark::default() })
}

/// What a comment of ours says; `None` for a comment of somebody else.
fn read_mark(comment: &str) -> Option<Mark> {
    serde_json::from_str(comment.strip_prefix(MARK)?).ok()
}

/// Whether a name is one that only this program gives.
fn is_our_name(name: &str) -> bool {
    let digits = name.strip_prefix(THROWAWAY_PREFIX);
    digits.is_some_and(|d| d.len() == 16 && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

async fn drop_database(control: &Session, name: &str) -> Result<(), WorkError> {
    let version = control.version().await.map_err(doing("read the version of the target"))?.0;
    let action = || format!("drop the throw-away database {name}");
    for attempt in 1.. {
        let sql = if version >= 130_000 {
            format!("drop database if exists {} with (force)", ident(name))
        } else {
            let end = format!(
                "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where datname operator(pg_catalog.=) {}",
                literal(name)
            );
            control.execute(&end).await.map_err(doing(action()))?;
            format!("drop database if exists {}", ident(name))
        };
        match control.execute(&sql).await {
            Err(error) if error.sqlstate() == Some(IN_USE) && attempt < ATTEMPTS_MAX => {
                tokio::time::sleep(PAUSE).await;
            }
            result => return result.map_err(doing(action())),
        }
    }
    Ok(())
}

/// Keeps others from using a throw-away database for the same database of the target. The lock ends with the session.
/// Waits a little for one that is dying; returns who has it when it is still held then.
pub async fn lock(control: &Session, stands_for: &str) -> Result<Option<String>, WorkError> {
    let action = || format!("lock the throw-away databases of {stands_for}");
    let key = format!("{LOCK_CLASS}, pg_catalog.hashtext({})", literal(stands_for));
    for _ in 0..ATTEMPTS_MAX {
        let taken = control
            .single_text(&format!("select pg_catalog.pg_try_advisory_lock({key})"))
            .await
            .map_err(doing(action()))?;
        if taken.as_deref() == Some("t") {
            return Ok(None);
        }
        tokio::time::sleep(PAUSE).await;
    }
    let holder = control.single_text(&holders(stands_for)).await.map_err(doing(action()))?;
    Ok(Some(holder.unwrap_or_else(|| "a session that is not visible".to_owned())))
}

/// Gives the lock back.
pub async fn unlock(control: &Session, stands_for: &str) -> Result<(), WorkError> {
    let key = format!("{LOCK_CLASS}, pg_catalog.hashtext({})", literal(stands_for));
    let sql = format!("select pg_catalog.pg_advisory_unlock({key})");
    control.execute(&sql).await.map_err(doing(format!("unlock the throw-away databases of {stands_for}")))
}

/// The sessions that hold the lock of a database, in whatever database they are. Ours is not among them.
fn holders(stands_for: &str) -> String {
    format!(
        "select coalesce(nullif(a.application_name, ''), 'a session without a name') || ', process ' || l.pid || ' of the server' \
           from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid \
          where l.locktype = 'advisory' and l.granted and l.pid <> pg_catalog.pg_backend_pid() \
            and l.classid = {LOCK_CLASS}::pg_catalog.oid \
            and l.objid = (pg_catalog.hashtext({})::bigint & 4294967295)::pg_catalog.oid",
        literal(stands_for)
    )
}

/// Drops the throw-away databases and roles that a crash has left, and takes back what was granted for their time.
/// Those that somebody uses stay. Says what was dropped, and what could not be.
pub async fn sweep(control: &Session) -> Result<Vec<String>, WorkError> {
    let mut said = Vec::new();
    let sql = "select d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') from pg_catalog.pg_database d \
               where d.datname like 'pgpassage\\_rehearsal\\_%' order by 1";
    let rows = control.rows(sql).await.map_err(doing("look for throw-away databases on the target"))?;
    for row in rows {
        let (name, comment) = (cell_text(&row, 0), cell_text(&row, 1));
        // A crash between making and marking it leaves one without a comment.
        let mark = if comment.is_empty() { Some(Mark::default()) } else { read_mark(&comment) };
        let Some(mark) = mark.filter(|_| is_our_name(&name)) else { continue };
        if in_use(control, &mark.stands_for).await? {
            continue;
        }
        for role in &mark.granted {
            let revoke = format!("revoke {} from current_user", ident(role));
            if let Err(error) = control.execute(&revoke).await {
                said.push(format!(
                    "the user is still a member of {role}, from a rehearsal that was interrupted: {error}"
                ));
            }
        }
        match drop_database(control, &name).await {
            Ok(()) => {
                said.push(format!(
                    "database {name} was dropped: a rehearsal that was interrupted had left it"
                ));
            }
            Err(error) => said.push(error.to_string()),
        }
    }
    let sql = format!(
        "select r.rolname, pg_catalog.shobj_description(r.oid, 'pg_authid') from pg_catalog.pg_roles r \
          where pg_catalog.strpos(pg_catalog.shobj_description(r.oid, 'pg_authid'), {}) = 1 order by 1",
        literal(MARK)
    );
    let rows = control.rows(&sql).await.map_err(doing("look for throw-away roles on the target"))?;
    for row in rows {
        let (name, comment) = (cell_text(&row, 0), cell_text(&row, 1));
        let Some(mark) = read_mark(&comment) else { continue };
        if in_use(control, &mark.stands_for).await? {
            continue;
        }
        match control.execute(&format!("drop role {}", ident(&name))).await {
            Ok(()) => {
                said.push(format!("role {name} was dropped: a rehearsal that was interrupted had left it"));
            }
            Err(error) => {
                said.push(format!(
                    "role {name}, left by a rehearsal that was interrupted, cannot be dropped: {error}"
                ));
            }
        }
    }
    Ok(said)
}

async fn in_use(control: &Session, stands_for: &str) -> Result<bool, WorkError> {
    let holder = control.single_text(&holders(stands_for)).await;
    Ok(holder.map_err(doing("look for rehearsals in progress"))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::{Mark, is_our_name, mark_text, read_mark};

    #[test]
    fn only_what_is_ours_is_recognised() {
        assert!(is_our_name("pgpassage_rehearsal_0123456789abcdef"));
        assert!(!is_our_name("pgpassage_rehearsal_of_mine"));
        let mark = Mark { stands_for: "it's \"mine\"".to_owned(), granted: vec!["a".to_owned()] };
        assert_eq!(read_mark(&mark_text(&mark)), Some(mark));
        assert_eq!(read_mark("made by hand"), None);
    }
}
