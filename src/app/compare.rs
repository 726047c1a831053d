//! The comparison of what is on both servers, outside of a migration.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::app::check::{Checked, both_endpoints, needed_pg_dump};
use crate::app::needs::{check_facts, jobs};
use crate::collect::Collected;
use crate::error::Error;
use crate::outcome::{Unchecked, VerificationReport};
use crate::plan::{Entry, OwnerChoice};
use crate::report::Report;
use crate::server::{SnapshotHolder, WorkError, dump_schema, list_tables, search_path};
use crate::verify::{ArchivePlan, VerifyPlan, verify};

/// Compares what is on both servers, and notes the result in the report.
pub(crate) async fn compare_databases(
    checked: &Checked,
    collected: &Collected,
    report: &mut Report,
) -> Result<(), Error> {
    check_facts(collected, i64::MAX, false)?;
    let (source, target) = both_endpoints(&checked.plan)?;
    let home = checked.plan.home.as_deref();
    let failed = |error: WorkError| Error::Migrate(error.to_string());
    let source_version = collected.source.as_ref().map_or(0, |found| found.version.0);
    let options = &checked.spec.options;
    let mut verifications = Vec::new();
    for pair in &collected.facts.databases {
        let snapshot = SnapshotHolder::take(source, &pair.source, home).await.map_err(failed)?;
        let tables = list_tables(&snapshot.session, source_version).await.map_err(failed)?;
        let search_path = search_path(source, &pair.source, home).await.map_err(failed)?;
        let archive = archive_entries(checked, collected, &snapshot, &search_path).await;
        let verify_plan = VerifyPlan {
            target,
            pair,
            home,
            level: options.verify,
            jobs: jobs(&collected.facts),
            left_out: &BTreeSet::new(),
            refused: &BTreeSet::new(),
            database: true,
            archive: archive.as_ref().ok().map(|(pg_dump, entries)| ArchivePlan { pg_dump, entries }),
            role_map: &collected.role_map,
            partial: !options.filters.is_empty(),
            owners: options.owner == OwnerChoice::Keep,
        };
        let tables = options.filters.keep_tables(tables, &search_path);
        let mut found = verify(&snapshot, &tables, &verify_plan).await.map_err(failed)?;
        if let Err(reason) = archive {
            let subject = "the definitions of objects".to_owned();
            found.could_not_check.push(Unchecked { subject, reason });
            found.settle();
        }
        verifications.push(found);
    }
    let passed = verifications.iter().all(|v| v.passed);
    report.verification = Some(VerificationReport { passed, databases: verifications });
    Ok(())
}

/// The `pg_dump` of this machine, and what it reads of the source, as that should be on the target; or why it cannot.
async fn archive_entries(
    checked: &Checked,
    collected: &Collected,
    snapshot: &SnapshotHolder,
    search_path: &[String],
) -> Result<(PathBuf, Vec<Entry>), String> {
    let (pg_dump, _) = needed_pg_dump(&checked.plan).map_err(|error| error.to_string())?;
    let entries = dump_schema(&pg_dump, snapshot.endpoint(), &snapshot.session, &snapshot.name).await;
    let entries = entries.map_err(|error| error.to_string())?;
    let mut entries = checked.spec.options.filters.apply(entries, Vec::new(), search_path)?.entries;
    for entry in &mut entries {
        collected.role_map.apply(entry);
    }
    Ok((pg_dump, entries))
}
