//! Proof that everything arrived: objects, rows, contents, sequences and large objects, compared inside the snapshot of
//! the copy.

mod archives;
mod catalog;
mod large_objects;
mod rows;
mod sequences;
mod shapes;
mod tables;
mod values;

use std::collections::BTreeSet;
use std::path::Path;

use crate::facts::DatabasePair;
use crate::outcome::Verification;
use crate::plan::{RoleMap, SourceTable};
use crate::server::{Endpoint, Session, SnapshotHolder, WorkError, connect_reading};

pub use archives::ArchivePlan;

pub use crate::plan::VerifyLevel;

/// What is to be compared.
#[derive(Debug)]
pub struct VerifyPlan<'a> {
    /// Where the copy is.
    pub target: &'a Endpoint,
    /// Which database.
    pub pair: &'a DatabasePair,
    /// Where libpq's default certificate files are.
    pub home: Option<&'a Path>,
    /// How much.
    pub level: VerifyLevel,
    /// Connections per side.
    pub jobs: usize,
    /// Objects of the source that were left out on purpose, by number: their absence is no difference.
    pub left_out: &'a BTreeSet<u32>,
    /// Properties that the target refused, each with its object: they are told apart from differences.
    pub refused: &'a BTreeSet<(String, String)>,
    /// Whether the properties of the database itself are compared: not when the target refused some.
    pub database: bool,
    /// Roles that have another name on the target.
    pub role_map: &'a RoleMap,
    /// Whether only a part of the database was carried: then what is missing on the target is counted, not told.
    pub partial: bool,
    /// What the archives of source and copy are compared with; without, only the catalogs are.
    pub archive: Option<ArchivePlan<'a>>,
    /// Whether owners and grants are compared: not when everything belongs to another user on purpose.
    pub owners: bool,
}

/// Compares a database with its copy. The source is read inside the snapshot.
pub async fn verify(
    snapshot: &SnapshotHolder,
    tables: &[SourceTable],
    plan: &VerifyPlan<'_>,
) -> Result<Verification, WorkError> {
    let mut verification = verify_contents(snapshot, tables, plan).await?;
    verify_objects(snapshot, plan, &mut verification).await?;
    Ok(verification)
}

/// Compares rows, sequences and large objects. A migration does this before policies may hide rows.
pub async fn verify_contents(
    snapshot: &SnapshotHolder,
    tables: &[SourceTable],
    plan: &VerifyPlan<'_>,
) -> Result<Verification, WorkError> {
    let target = target_session(plan).await?;
    let mut found = Verification {
        database: plan.pair.source.clone(),
        target_name: plan.pair.target.clone(),
        level: if plan.level == VerifyLevel::Full { "full" } else { "counts" }.to_owned(),
        ..Verification::default()
    };
    sequences::compare_sequences(snapshot, &target, &mut found).await?;
    large_objects::compare(&snapshot.session, &target, plan, &mut found).await?;
    drop(target);
    tables::compare_tables(snapshot, tables, plan, &mut found).await?;
    found.settle();
    Ok(found)
}

/// The tables of which the contents are not alike, by title; also those that could not be read.
pub async fn unlike_tables(
    snapshot: &SnapshotHolder,
    tables: &[SourceTable],
    plan: &VerifyPlan<'_>,
) -> Result<Vec<String>, WorkError> {
    let mut found = Verification::default();
    tables::compare_tables(snapshot, tables, plan, &mut found).await?;
    let is_unlike = |table: &&SourceTable| {
        let subject = format!("table {}", table.title());
        found.differences.iter().any(|d| d.subject == subject)
            || found.could_not_check.iter().any(|unchecked| unchecked.subject == subject)
    };
    Ok(tables.iter().filter(is_unlike).map(SourceTable::title).collect())
}

/// What a reader has to know where no archive was compared.
const ONLY_CATALOGS: &str = "the texts of definitions were not compared: only what the catalogs say of each object and of what \
                             it depends on";

/// Compares objects and their properties, and adds what differs.
pub async fn verify_objects(
    snapshot: &SnapshotHolder,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let target = target_session(plan).await?;
    catalog::compare(&snapshot.session, &target, plan, found).await?;
    drop(target);
    let is_refused =
        |d: &crate::outcome::Difference| plan.refused.contains(&(d.subject.clone(), d.what.clone()));
    found.refused.extend(found.differences.iter().filter(|d| is_refused(d)).cloned());
    found.differences.retain(|d| !is_refused(d));
    match &plan.archive {
        Some(archive) => archives::compare(snapshot, plan, archive, found).await?,
        None => found.notices.push(ONLY_CATALOGS.to_owned()),
    }
    found.settle();
    Ok(())
}

async fn target_session(plan: &VerifyPlan<'_>) -> Result<Session, WorkError> {
    connect_reading(plan.target, &plan.pair.target, plan.home).await
}
