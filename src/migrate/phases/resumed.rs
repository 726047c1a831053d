//! A database that an interrupted run has left: what of it still counts.

use std::collections::BTreeSet;

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::plan::SourceTable;
use crate::server::doing;
use crate::verify::{VerifyLevel, VerifyPlan, unlike_tables};

/// Finds what of an interrupted run still counts. Either nothing was written to the source since, or every finished
/// table is compared with the source as it is now, and copied again if it differs.
pub(super) async fn compare_with_source(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let seen = cx.before.seen.clone().unwrap_or_default();
    let same_target = seen.target_started_at == cx.source.seen.target_started_at;
    if !same_target {
        forget_entries(cx).await?;
    }
    let is_finished = |t: &&SourceTable| cx.before.tables.contains_key(&t.title());
    let finished: Vec<SourceTable> = cx.source.tables.iter().filter(is_finished).cloned().collect();
    let unlike = if cx.run.plan.resumed.as_ref().is_some_and(|r| r.restart_tables) {
        cx.say("copying all tables again, as asked for");
        finished.iter().map(SourceTable::title).collect()
    } else if same_target && cx.source.seen.is_unchanged_since(&seen) {
        cx.say(format!(
            "nothing was written to the source since: its next transaction is still {}; {} finished tables stay",
            seen.transaction_max,
            finished.len()
        ));
        return Ok(());
    } else {
        unlike(cx, &finished).await?
    };
    if unlike.is_empty() {
        return Ok(());
    }
    if cx.before.finishing {
        return Err(MigrateError::Refused(format!(
            "database {} of the target already has its triggers, and these tables differ from the source now: {} \
             (--restart-tables starts the database over, if the run has made it)",
            cx.pair.target,
            unlike.join(", ")
        )));
    }
    copy_again(cx, &unlike).await
}

/// After a restart of the target its last commits may be gone, so all entries are restored again where they are not there.
/// A materialized view was filled before there were policies, which would keep rows from it now: where a policy is there,
/// so is what was committed before it.
async fn forget_entries(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let sql = "select 1 from pg_catalog.pg_class where relrowsecurity union all select 1 from pg_catalog.pg_policy limit 1";
    let policies =
        cx.session.single_text(sql).await.map_err(doing("look for policies on the target"))?.is_some();
    let filled: BTreeSet<i32> = cx
        .source
        .entries
        .iter()
        .filter(|e| policies && e.kind == "MATERIALIZED VIEW DATA")
        .map(|e| e.id)
        .collect();
    cx.before.entries.retain(|id| filled.contains(id));
    Ok(())
}

/// The finished tables that are not what they are on the source now.
async fn unlike(cx: &Context<'_>, finished: &[SourceTable]) -> Result<Vec<String>, MigrateError> {
    cx.say(format!(
        "the source may have changed: comparing the contents of {} finished tables",
        finished.len()
    ));
    let (left_out, refused) = (BTreeSet::new(), BTreeSet::new());
    let verify_plan = VerifyPlan {
        target: &cx.run.plan.target,
        pair: cx.pair,
        home: cx.run.plan.home.as_deref(),
        level: VerifyLevel::Full,
        jobs: cx.run.workers,
        left_out: &left_out,
        database: false,
        archive: None,
        refused: &refused,
        partial: false,
        owners: false,
        role_map: &cx.run.plan.role_map,
    };
    let unlike = unlike_tables(&cx.source.snapshot, finished, &verify_plan).await?;
    cx.say(format!("{} of them differ and are copied again", unlike.len()));
    Ok(unlike)
}

/// Makes tables ready to be copied again. Foreign keys would keep them from being emptied.
async fn copy_again(cx: &mut Context<'_>, tables: &[String]) -> Result<(), MigrateError> {
    for entry in cx.source.entries.iter().filter(|e| e.kind == "FK CONSTRAINT") {
        // One that was restored last may not be in the journal.
        let sql = entry.drop.trim().replacen(" DROP CONSTRAINT ", " DROP CONSTRAINT IF EXISTS ", 1);
        let action = || format!("drop {} to copy its tables again", entry.title());
        cx.session.execute(&sql).await.map_err(doing(action()))?;
        cx.before.entries.remove(&entry.id);
    }
    for table in tables {
        cx.before.tables.remove(table);
    }
    Ok(())
}
