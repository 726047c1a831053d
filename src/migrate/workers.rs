//! Sessions side by side: those that copy the data of a database, and those that analyze it afterwards.

use std::sync::Arc;

use crate::facts::DatabasePair;
use crate::migrate::data::{self, DataPlan, Pair};
use crate::migrate::error::MigrateError;
use crate::migrate::run::{Run, control};
use crate::outcome::ObjectOutcome;
use crate::server::{Session, SnapshotHolder, connect, doing};

/// Tables that are analyzed by one statement.
const BATCH_ANALYZED: usize = 100;

impl Run<'_> {
    pub(super) async fn target_session(&self, pair: &DatabasePair) -> Result<Session, MigrateError> {
        let session = connect(&self.plan.target, &pair.target, self.plan.home.as_deref()).await?;
        session.prepare_migration().await.map_err(doing("set up a session on the target"))?;
        Ok(session)
    }

    /// Copies the data with a number of workers. When that fails or is canceled, what still runs on the servers is
    /// canceled there too.
    pub(super) async fn data(
        &self,
        pair: &DatabasePair,
        data: &Arc<DataPlan>,
        snapshot: &SnapshotHolder,
    ) -> Result<Vec<ObjectOutcome>, MigrateError> {
        let workers = self.workers.min(data.graph.steps.len()).max(1);
        let mut pairs = Vec::with_capacity(workers);
        for _ in 0..workers {
            let (source, target) = tokio::join!(snapshot.join(), self.target_session(pair));
            pairs.push(Pair { source: source?, target: target? });
        }
        let mut pids: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        for session in pairs.iter().flat_map(|pair| [&pair.source, &pair.target]) {
            let pid = session.single_text("select pg_catalog.pg_backend_pid()").await;
            pids[session.side as usize].extend(pid.map_err(doing("ask for the number of a session"))?);
        }
        let result = self.unless_canceled(data::run(data, &mut pairs, &self.events)).await;
        if result.is_err() {
            for (endpoint, pids) in [&self.plan.source, &self.plan.target].into_iter().zip(&pids) {
                // Best effort: a server that cannot be reached has ended the sessions itself.
                if let Ok(session) = control(endpoint, self.plan).await {
                    let calls: Vec<String> =
                        pids.iter().map(|pid| format!("pg_catalog.pg_cancel_backend({pid})")).collect();
                    let _ = session.execute(&format!("select {}", calls.join(", "))).await;
                }
            }
        }
        result
    }

    /// Gathers statistics of all that a bare ANALYZE looks at, catalogs included, over several sessions.
    pub(super) async fn analyze(&self, pair: &DatabasePair, session: &Session) -> Result<(), MigrateError> {
        let failed = || doing("analyze the target");
        // One statement for several tables came with 11. Partitions are looked at with the table they are of.
        if self.target_version < 110_000 || self.workers < 2 {
            return Ok(session.execute("analyze").await.map_err(failed())?);
        }
        let sql = "select c.oid::pg_catalog.regclass from pg_catalog.pg_class c \
                   where c.relkind in ('r', 'm', 'p') and not c.relispartition and c.relpersistence <> 't' order by c.relpages desc, c.oid";
        let rows = session.rows(sql).await.map_err(failed())?;
        let names: Vec<String> = rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
        // The largest first, in turn, so that the sessions end at about the same time.
        let shares = (0..self.workers).map(|n| names.iter().skip(n).step_by(self.workers));
        let work = shares.map(|share| async move {
            let session = self.target_session(pair).await?;
            let share: Vec<&str> = share.map(String::as_str).collect();
            for batch in share.chunks(BATCH_ANALYZED) {
                session.execute(&format!("analyze {}", batch.join(", "))).await.map_err(failed())?;
            }
            Ok::<(), MigrateError>(())
        });
        futures_util::future::try_join_all(work).await?;
        Ok(())
    }
}
