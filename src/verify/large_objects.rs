//! Large objects on both sides: owner, grants and contents, a range of numbers at a time, so that memory stays flat
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

/// Compares owner, grants and, at full level, contents of every large object.
pub(crate) async fn compare(
    source: &Session,
    target: &Session,
    plan: &VerifyPlan<'_>,
    found: &mut Verification,
) -> Result<(), WorkError> {
    let unmapped = RoleMap::default();
    let mut after = -1;
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
                    what: "owner, grants and contents".to_owned(),
                    source: a,
                    target: b,
                    rows: Vec::new(),
                });
            }
        }
        let Some(end) = end else { return Ok(()) };
        after = end;
    }
}

/// The large objects behind `after`: up to `end`, or so many as are compared at once.
fn range(after: i64, end: Option<i64>) -> String {
    match end {
        Some(end) => {
            format!("where m.oid > {after}::bigint::oid and m.oid <= {end}::bigint::oid order by m.oid")
        }
        None if after < 0 => format!("order by m.oid limit {BATCH}"),
        None => format!("where m.oid > {after}::bigint::oid order by m.oid limit {BATCH}"),
    }
}

/// Large objects by number, each with all that is compared.
async fn read(
    session: &Session,
    plan: &VerifyPlan<'_>,
    roles: &RoleMap,
    range: &str,
) -> Result<BTreeMap<i64, String>, WorkError> {
    let contents = if plan.level == VerifyLevel::Full {
        format!(
            "(select case when pg_catalog.octet_length(h.head) > {SMALL_BYTES} then '{LARGE}' else pg_catalog.md5(h.head) end \
                from (select pg_catalog.lo_get(m.oid, 0, {SMALL_BYTES} + 1) as head offset 0) h)"
        )
    } else {
        "''".to_owned()
    };
    // The default grants of a large object are its owner's, so only others are compared.
    let sql = if plan.owners {
        format!(
            "with role_names as ({}) \
             select m.oid, o.rolname || ' ' || coalesce((select pg_catalog.string_agg(distinct \
                    coalesce(r.rolname, 'PUBLIC') || '=' || a.privilege_type, ',' order by coalesce(r.rolname, 'PUBLIC') || '=' || a.privilege_type) \
                    from pg_catalog.aclexplode(m.lomacl) a left join role_names r on r.oid = a.grantee \
                    where r.rolname is distinct from o.rolname), '') \
                  || ' ' || {contents} \
             from pg_catalog.pg_largeobject_metadata m left join role_names o on o.oid = m.lomowner {range}",
            roles.query()
        )
    } else {
        format!("select m.oid, {contents} from pg_catalog.pg_largeobject_metadata m {range}")
    };
    let rows =
        session.rows(&sql).await.map_err(doing(format!("read the large objects of the {}", session.side)))?;
    Ok(rows.iter().filter_map(|row| Some((cell_text(row, 0).parse().ok()?, cell_text(row, 1)))).collect())
}

/// A digest of a large object of any size.
async fn digest(session: &Session, oid: i64) -> Result<String, WorkError> {
    let mut all = Sha256::new();
    let mut offset: i64 = 0;
    loop {
        let sql = format!(
            "select pg_catalog.octet_length(p.piece) || ' ' || pg_catalog.md5(p.piece) \
               from (select pg_catalog.lo_get({oid}, {offset}, {PIECE_BYTES}) as piece offset 0) p"
        );
        let action = || format!("read large object {oid} of the {}", session.side);
        let piece = session.single_text(&sql).await.map_err(doing(action()))?.unwrap_or_default();
        all.update(piece.as_bytes());
        let length: i64 = piece.split(' ').next().and_then(|length| length.parse().ok()).unwrap_or(0);
        offset += length;
        if length < PIECE_BYTES {
            return Ok(format!(" {offset} bytes {}", hex(&all.finalize())));
        }
    }
}
