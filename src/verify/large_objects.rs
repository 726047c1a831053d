//! Large objects on both sides: owner, grants, comment, security labels and contents, a range of numbers at a time, so that memory stays flat
//! however many there are and however large one is.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::outcome::{Difference, Verification};
use crate::pg::hex;
use crate::plan::RoleMap;
use crate::server::{Session, WorkError, cell_text, doing};
use crate::verify::{VerifyLevel, VerifyPlan};

/// Large objects that are compared by one statement.
const BATCH: usize = 2000;

/// Up to this many bytes the contents are digested with the rest; larger ones piece by piece, since a server hands out at
/// most 1 GB at once.
const SMALL_BYTES: u32 = 1024 * 1024;

/// The bytes of a piece.
const PIECE_BYTES: i64 = 16 * 1024 * 1024;

/// Stands for the contents of a large object that is digested piece by piece. No digest looks like it.
const LARGE: &str = "large";

/// Compares owner, grants, comment, security labels and, at full level, contents of every large object.
pub(crate) async fn compare(
    source: &Session,
    target: &Session,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let unmapped = RoleMap::default();
    let mut after: Option<u32> = None;
    loop {
        // The source says where a range ends; the last one has no end, so that nothing more is on the target either.
        let a = read(source, plan, plan.role_map, &range(after, None)).await?;
        let end = if a.len() < BATCH { None } else { a.keys().next_back().copied() };
        let b = read(target, plan, &unmapped, &range(after, end)).await?;
        found.large_objects += a.len();
        for oid in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
            let (mut a, mut b) = (a.get(oid).cloned(), b.get(oid).cloned());
            if let (Some(a), Some(b)) = (&mut a, &mut b)
                && a == b
                && a.ends_with(LARGE)
            {
                let (of_a, of_b) = tokio::try_join!(digest(source, *oid), digest(target, *oid))?;
                a.push_str(&of_a);
                b.push_str(&of_b);
            }
            if a != b {
                found.differences.push(Difference {
                    subject: format!("large object {oid}"),
                    what: "owner, grants, comment, security labels and contents".to_owned(),
                    source: a,
                    target: b,
                    rows: Vec::new(),
                });
            }
        }
        let Some(end) = end else { return Ok(()) };
        after = Some(end);
    }
}

/// The large objects behind `after`: up to `end`, or so many as are compared at once.
fn range(after: Option<u32>, end: Option<u32>) -> String {
    let bound = |sign: &str, oid: u32| format!("m.oid operator(pg_catalog.{sign}) '{oid}'::pg_catalog.oid");
    let bounds: Vec<String> =
        after.map(|oid| bound(">", oid)).into_iter().chain(end.map(|oid| bound("<=", oid))).collect();
    let condition =
        if bounds.is_empty() { String::new() } else { format!("where {} ", bounds.join(" and ")) };
    let limit = if end.is_none() { format!(" limit {BATCH}") } else { String::new() };
    format!("{condition}order by m.oid{limit}")
}

/// Large objects by number, each with all that is compared.
async fn read(
    session: &Session,
    plan: &VerifyPlan<'_>,
    roles: &RoleMap,
    range: &str,
) -> Result<BTreeMap<u32, String>, WorkError> {
    let contents = if plan.level == VerifyLevel::Full {
        format!(
            "(select case when pg_catalog.octet_length(h.head) operator(pg_catalog.>) {SMALL_BYTES} then '{LARGE}' else pg_catalog.md5(h.head) end \
                from (select pg_catalog.lo_get(m.oid, 0, {SMALL_BYTES} operator(pg_catalog.+) 1) as head offset 0) h)"
        )
    } else {
        "''".to_owned()
    };
    // The default grants of a large object are its owner's, so only others are compared.
    let rights = if plan.owners {
        "pg_catalog.concat(o.rolname, ' ', (select pg_catalog.string_agg(distinct g.line, ',' order by g.line) from \
           (select pg_catalog.concat(coalesce(r.rolname, 'PUBLIC'), '=', a.privilege_type, case when a.is_grantable then '*' end) as line \
              from pg_catalog.aclexplode(m.lomacl) a left join role_names r on r.oid = a.grantee \
             where r.rolname is distinct from o.rolname) g))"
    } else {
        "''"
    };
    let sql = format!(
        "with role_names as ({}) \
         select m.oid, pg_catalog.concat({rights}, ' ', \
                pg_catalog.to_json(pg_catalog.obj_description(m.oid, 'pg_largeobject')), ' ', \
                (select pg_catalog.json_object_agg(l.provider, l.label order by l.provider) from pg_catalog.pg_seclabel l \
                  where l.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass and l.objoid = m.oid), ' ', {contents}) \
           from pg_catalog.pg_largeobject_metadata m left join role_names o on o.oid = m.lomowner {range}",
        roles.query()
    );
    let action = format!("read the large objects of the {}", session.side);
    let rows = session.rows(&sql).await.map_err(doing(action.clone()))?;
    rows.iter()
        .map(|row| match cell_text(row, 0).parse() {
            Ok(oid) => Ok((oid, cell_text(row, 1))),
            Err(_) => Err(unreadable(&action, &cell_text(row, 0))),
        })
        .collect()
}

fn unreadable(action: &str, text: &str) -> WorkError {
    WorkError::Statement {
        action: action.to_owned(),
        reason: format!("`{text}` is no number"),
        sqlstate: None,
    }
}

/// A digest of a large object of any size.
async fn digest(session: &Session, oid: u32) -> Result<String, WorkError> {
    let mut all = Sha256::new();
    let mut offset: i64 = 0;
    loop {
        let sql = format!(
            "select pg_catalog.concat(pg_catalog.octet_length(p.piece), ' ', pg_catalog.md5(p.piece)) \
               from (select pg_catalog.lo_get({oid}, {offset}, {PIECE_BYTES}) as piece offset 0) p"
        );
        let action = || format!("read large object {oid} of the {}", session.side);
        let piece = session.single_text(&sql).await.map_err(doing(action()))?.unwrap_or_default();
        all.update(piece.as_bytes());
        let length: Option<i64> = piece.split(' ').next().and_then(|length| length.parse().ok());
        let length = length.ok_or_else(|| unreadable(&action(), &piece))?;
        offset += length;
        if length < PIECE_BYTES {
            return Ok(format!(" {offset} bytes {}", hex(&all.finalize())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_is_bounded_by_what_is_known() {
        assert_eq!(range(None, None), "order by m.oid limit 2000");
        let bound =
            |sign: &str, oid: &str| format!("m.oid operator(pg_catalog.{sign}) '{oid}'::pg_catalog.oid");
        assert_eq!(range(None, Some(9)), format!("where {} order by m.oid", bound("<=", "9")));
        let both = format!("where {} and {} order by m.oid", bound(">", "9"), bound("<=", "4294967295"));
        assert_eq!(range(Some(9), Some(4_294_967_295)), both);
    }
}
