//! The archives of source and copy, entry by entry, and the judge of what differs in text.
//!
//! Both are written by the same `pg_dump`. Each major version prints some definitions in its own way, so that an entry that
//! differs says little by itself: then the source's archive is restored by `pg_restore` into an empty reference database
//! beside the copy, and the copy must be equal to that. Owners are compared with the catalogs alone; so are grants where
//! the reference has none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::outcome::{Difference, Unchecked, Verification};
use crate::pg::{hex, ident, literal};
use crate::plan::Entry;
use crate::server::throwaway::{self, Throwaway};
use crate::server::{
    Archive, DumpError, Session, SnapshotHolder, WorkError, cell_text, connect, connect_any, doing,
    dump_archive, dump_schema,
};
use crate::verify::VerifyPlan;

/// What is needed to compare archives.
#[derive(Debug, Clone, Copy)]
pub struct ArchivePlan<'a> {
    /// The `pg_dump` that read the source; its `pg_restore` lies beside it.
    pub pg_dump: &'a Path,
    /// What was restored of the source's archive, with the names that roles have on the target.
    pub entries: &'a [Entry],
}

/// Entries that stand for no object of the database, for the database itself, which the catalogs tell of, or for data.
const PASSED_OVER: &[&str] =
    &["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES", "MATERIALIZED VIEW DATA"];

/// Kinds whose definitions may hold passwords of other servers.
const SECRET: &[&str] = &["SERVER", "SUBSCRIPTION", "USER MAPPING", "FOREIGN TABLE"];

/// Kinds of more than one word, as the tags of comments and grants begin.
const LONG_KINDS: &[&str] = &[
    "ACCESS METHOD",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "FOREIGN SERVER",
    "FOREIGN TABLE",
    "LARGE OBJECT",
    "MATERIALIZED VIEW",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
];

/// All that is compared of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    kind: String,
    schema: Option<String>,
    tag: String,
    definition: String,
    access_method: Option<String>,
}

impl Line {
    fn of(entry: &Entry) -> Line {
        Line {
            kind: entry.kind.clone(),
            schema: entry.schema.clone(),
            tag: entry.tag.clone(),
            definition: entry.definition.trim().to_owned(),
            // The only one before 12, which had no word for it.
            access_method: entry.access_method.clone().filter(|method| method != "heap"),
        }
    }

    /// The object that it is about, as the comparison of catalogs names it: `trigger audit on public.orders`.
    fn title(&self) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
        let kind = self.kind.to_lowercase();
        match (self.kind.as_str(), self.tag.split_once(' ')) {
            ("ACL" | "COMMENT" | "SECURITY LABEL", Some((word, name))) => {
                let long = LONG_KINDS.iter().find_map(|kind| {
                    let name = self.tag.strip_prefix(kind)?.strip_prefix(' ')?;
                    Some((*kind, name))
                });
                let (kind, name) = long.unwrap_or((word, name));
                format!("{} {schema}{name}", kind.to_lowercase())
            }
            ("TRIGGER" | "RULE" | "POLICY", Some((relation, name))) => {
                format!("{kind} {name} on {schema}{relation}")
            }
            ("CONSTRAINT" | "FK CONSTRAINT" | "CHECK CONSTRAINT", Some((relation, name))) => {
                format!("constraint {name} on {schema}{relation}")
            }
            _ => format!("{kind} {schema}{}", self.tag),
        }
    }

    /// What of the object it says.
    fn what(&self) -> &'static str {
        match self.kind.as_str() {
            "ACL" => "grants",
            "COMMENT" => "comment",
            "SECURITY LABEL" => "security label",
            _ => "definition",
        }
    }

    /// The definition for people; of one that may hold a password only a digest.
    fn shown(&self) -> String {
        if SECRET.contains(&self.kind.as_str()) {
            return format!("digest {}", hex(&Sha256::digest(&self.definition)[..8]));
        }
        self.definition.clone()
    }

    /// Whether its statement names roles, as the source calls them.
    fn names_roles(&self) -> bool {
        matches!(self.kind.as_str(), "POLICY" | "USER MAPPING" | "DEFAULT ACL")
    }

    fn is_grant(&self) -> bool {
        matches!(self.kind.as_str(), "ACL" | "DEFAULT ACL")
    }
}

/// Lines with how often each is there.
type Lines = BTreeMap<Line, usize>;

fn lines<'e>(entries: impl IntoIterator<Item = &'e Entry>, grants: bool) -> Lines {
    let mut lines = Lines::new();
    for entry in entries {
        let of_database = matches!(entry.kind.as_str(), "ACL" | "COMMENT" | "SECURITY LABEL")
            && entry.tag.starts_with("DATABASE ");
        let line = Line::of(entry);
        // What has no statement stands for nothing that is restored.
        if !line.definition.is_empty()
            && !PASSED_OVER.contains(&entry.kind.as_str())
            && !of_database
            && (grants || !line.is_grant())
        {
            *lines.entry(line).or_default() += 1;
        }
    }
    lines
}

/// What is in the one and not in the other.
fn without(a: &Lines, b: &Lines) -> Vec<Line> {
    let more = a.iter().filter(|(line, count)| b.get(line).copied().unwrap_or(0) < **count);
    more.map(|(line, _)| line.clone()).collect()
}

/// Compares the archives, and notes what differs or could not be compared.
pub(crate) async fn compare(
    snapshot: &SnapshotHolder,
    plan: &VerifyPlan<'_>,
    archive: &ArchivePlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let grants = plan.owners;
    let on_source = lines(archive.entries, grants);
    found.entries = on_source.values().sum();
    let on_target = lines(&dump(plan, archive, &plan.pair.target).await?, grants);
    let (missing, more) = (without(&on_source, &on_target), without(&on_target, &on_source));
    // With filters, objects are missing on purpose; that the rest is there is what the catalogs tell.
    if missing.is_empty() && more.is_empty() {
        return Ok(());
    }
    let reference = match reference(snapshot, plan, archive).await {
        Ok(reference) => reference,
        Err(error) => {
            let reason = format!(
                "its definition is printed differently, and there is no database beside the copy to judge that: {error}"
            );
            let mut subjects: Vec<String> = missing.iter().chain(&more).map(Line::title).collect();
            subjects.sort();
            subjects.dedup();
            let unchecked = subjects.into_iter().map(|subject| Unchecked { subject, reason: reason.clone() });
            found.could_not_check.extend(unchecked);
            return Ok(());
        }
    };
    judge(&reference, &on_target, &more, plan.partial, found);
    Ok(())
}

/// The reference database, as `pg_dump` reads it.
struct Reference {
    lines: Lines,
    /// Whether it has the grants of the source.
    grants: bool,
    /// Whether roles have in it the names that they have in the copy; else the catalogs alone compare what names them.
    role_names: bool,
    /// What could not be restored into it.
    refused: Option<String>,
}

/// Compares the copy with the reference. `more` is what the copy has and the source does not say in the same words. Of a
/// `partial` copy what is missing is counted by the catalogs, and not told here.
fn judge(reference: &Reference, on_target: &Lines, more: &[Line], partial: bool, found: &mut Verification) {
    let is_judged = |line: &&Line| {
        (reference.grants || !line.is_grant()) && (reference.role_names || !line.names_roles())
    };
    // What the catalogs have told is not told again.
    let told: BTreeSet<String> = found.differences.iter().map(|d| d.subject.clone()).collect();
    let is_new = |line: &&Line| is_judged(line) && !told.contains(&line.title());
    let mut missing = without(&reference.lines, on_target);
    missing.retain(|line| is_new(&line));
    let extra: Vec<&Line> =
        more.iter().filter(|line| !reference.lines.contains_key(*line)).filter(is_new).collect();
    for line in &missing {
        let twin = extra
            .iter()
            .find(|other| (&other.kind, &other.schema, &other.tag) == (&line.kind, &line.schema, &line.tag));
        if partial && twin.is_none() {
            continue;
        }
        found.differences.push(Difference {
            subject: line.title(),
            what: line.what().to_owned(),
            source: Some(line.shown()),
            target: twin.map(|twin| twin.shown()),
            rows: Vec::new(),
        });
    }
    for line in extra {
        let is_told = missing
            .iter()
            .any(|other| (&other.kind, &other.schema, &other.tag) == (&line.kind, &line.schema, &line.tag));
        if is_told {
            continue;
        }
        match &reference.refused {
            // What could not be restored into the reference may be what it lacks.
            Some(refused) => found.could_not_check.push(Unchecked {
                subject: line.title(),
                reason: format!("pg_restore could not restore everything to compare with: {refused}"),
            }),
            None => found.differences.push(Difference {
                subject: line.title(),
                what: line.what().to_owned(),
                source: None,
                target: Some(line.shown()),
                rows: Vec::new(),
            }),
        }
    }
}

fn failed(error: &DumpError) -> WorkError {
    WorkError::Statement {
        action: "compare the archives".to_owned(),
        reason: error.to_string(),
        sqlstate: None,
    }
}

/// The entries of a database of the target.
async fn dump(
    plan: &VerifyPlan<'_>,
    archive: &ArchivePlan<'_>,
    database: &str,
) -> Result<Vec<Entry>, WorkError> {
    let snapshot = SnapshotHolder::take(plan.target, database, plan.home).await?;
    dump_schema(archive.pg_dump, plan.target, &snapshot.session, &snapshot.name)
        .await
        .map_err(|error| failed(&error))
}

/// Restores the source's archive into a database of its own, reads that, and drops it.
async fn reference(
    snapshot: &SnapshotHolder,
    plan: &VerifyPlan<'_>,
    archive: &ArchivePlan<'_>,
) -> Result<Reference, WorkError> {
    let control = connect_any(plan.target, plan.home).await?;
    control.prepare_migration().await.map_err(doing("set up a session on the target"))?;
    let of_source = dump_archive(archive.pg_dump, snapshot.endpoint(), &snapshot.session, &snapshot.name)
        .await
        .map_err(|error| failed(&error))?;
    let locale = locale(&control, &plan.pair.target).await?;
    if let Some(holder) = throwaway::lock(&control, &plan.pair.target).await? {
        return Err(WorkError::Statement {
            action: "create a reference database".to_owned(),
            reason: format!("{holder} uses one for {}", plan.pair.target),
            sqlstate: None,
        });
    }
    let create = |name: &str| format!("CREATE DATABASE {} TEMPLATE template0 {locale}", ident(name));
    let database = Throwaway::create(&control, &plan.pair.target, create).await?;
    let filled = fill(&control, &of_source, plan, archive, &database.name).await;
    database.drop(&control).await?;
    throwaway::unlock(&control, &plan.pair.target).await?;
    filled
}

async fn fill(
    control: &Session,
    of_source: &Archive,
    plan: &VerifyPlan<'_>,
    archive: &ArchivePlan<'_>,
    name: &str,
) -> Result<Reference, WorkError> {
    let is_superuser = "select pg_catalog.current_setting('is_superuser')";
    let superuser =
        control.single_text(is_superuser).await.map_err(doing("read the rights on the target"))?;
    // Only then do owners and grants of the archive mean on the target what they mean on the source.
    let rights = superuser.as_deref() == Some("on") && plan.owners && plan.role_map.roles.is_empty();
    // The same that was restored into the copy, in the words of the source; no subscription, which would keep the database
    // from being dropped.
    let mut restored: BTreeMap<_, usize> = BTreeMap::new();
    for entry in archive.entries {
        *restored.entry((&entry.kind, &entry.schema, &entry.tag)).or_default() += 1;
    }
    let is_restored = |entry: &&Entry| {
        restored.contains_key(&(&entry.kind, &entry.schema, &entry.tag))
            && entry.kind != "SUBSCRIPTION"
            && !entry.tag.starts_with("SUBSCRIPTION ")
            && !PASSED_OVER.contains(&entry.kind.as_str())
    };
    let ids: Vec<i32> = of_source.entries.iter().filter(is_restored).map(|entry| entry.id).collect();
    let session = connect(plan.target, name, plan.home).await?;
    let pg_restore = archive.pg_dump.with_file_name("pg_restore");
    let refused = of_source
        .restore(&pg_restore, plan.target, &session, &ids, rights)
        .await
        .map_err(|error| failed(&error))?;
    drop(session);
    let entries = dump(plan, archive, name).await?;
    let role_names = plan.role_map.roles.is_empty();
    Ok(Reference { lines: lines(&entries, rights), grants: rights, role_names, refused })
}

/// Encoding and locale of the copy, for a database like it.
async fn locale(control: &Session, database: &str) -> Result<String, WorkError> {
    let sql = format!(
        "select pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, j.j ->> 'datlocprovider', \
                coalesce(j.j ->> 'datlocale', j.j ->> 'daticulocale'), j.j ->> 'daticurules' \
           from pg_catalog.pg_database d, lateral (select pg_catalog.row_to_json(d) as j) j where d.datname = {}",
        literal(database)
    );
    let rows = control.rows(&sql).await.map_err(doing("read the locale of the copy"))?;
    let row = rows.into_iter().next().unwrap_or_default();
    let mut words = format!(
        "ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        literal(&cell_text(&row, 0)),
        literal(&cell_text(&row, 1)),
        literal(&cell_text(&row, 2))
    );
    let (provider, word) = match cell_text(&row, 3).as_str() {
        "i" => (" LOCALE_PROVIDER icu", " ICU_LOCALE"),
        "b" => (" LOCALE_PROVIDER builtin", " BUILTIN_LOCALE"),
        _ => ("", ""),
    };
    words.push_str(provider);
    for (word, at) in [(word, 4), (" ICU_RULES", 5)] {
        if let Some(value) = row.get(at).cloned().flatten().filter(|_| !word.is_empty()) {
            words.push_str(&format!("{word} {}", literal(&value)));
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines, Reference, judge, without};
    use crate::outcome::Verification;

    fn line(tag: &str, definition: &str) -> Line {
        Line {
            kind: "VIEW".into(),
            schema: Some("public".into()),
            tag: tag.into(),
            definition: definition.into(),
            access_method: None,
        }
    }

    fn lines(of: &[(&str, &str)]) -> Lines {
        of.iter().map(|(tag, definition)| (line(tag, definition), 1)).collect()
    }

    #[test]
    fn only_what_differs_from_the_reference_is_a_difference() {
        let source = lines(&[("old", "select a.x"), ("same", "select 1"), ("changed", "select 2")]);
        let copy =
            lines(&[("old", "select x"), ("same", "select 1"), ("changed", "select 3"), ("new", "select 4")]);
        let reference = lines(&[("old", "select x"), ("same", "select 1"), ("changed", "select 2")]);
        let reference = Reference { lines: reference, grants: true, role_names: true, refused: None };
        let mut found = Verification::default();
        judge(&reference, &copy, &without(&copy, &source), false, &mut found);
        let told: Vec<&str> = found.differences.iter().map(|d| d.subject.as_str()).collect();
        assert_eq!(told, ["view public.changed", "view public.new"]);
        assert!(found.could_not_check.is_empty());
    }

    #[test]
    fn what_could_not_be_restored_leaves_open_what_the_copy_has() {
        let copy = lines(&[("v", "select 1")]);
        let refused = Some("relation t does not exist".to_owned());
        let reference = Reference { lines: Lines::new(), grants: true, role_names: true, refused };
        let mut found = Verification::default();
        judge(&reference, &copy, &without(&copy, &Lines::new()), false, &mut found);
        assert!(found.differences.is_empty());
        assert_eq!(found.could_not_check.len(), 1);
    }
}
