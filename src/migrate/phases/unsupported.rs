//! What of a database no dump contains, or contains otherwise.

use std::collections::BTreeMap;

use crate::migrate::context::Context;
use crate::migrate::error::MigrateError;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::ident;
use crate::server::{Session, cell_text, doing};

/// The questions that validation asks too: one list for both, so that a migration without validation hides nothing.
const OUTSIDE_DUMP: &str = include_str!("../../../rules/probes/outside_dump.sql");
const OUTSIDE_DUMP_OF_SERVER: &str = include_str!("../../../rules/probes/outside_dump_of_server.sql");
const OUTSIDE_DUMP_OF_SERVER_BEFORE_15: &str =
    include_str!("../../../rules/probes/outside_dump_of_server.before-15.sql");

/// What of the server a migration of its databases does not take along.
pub(crate) async fn of_server(source: &Session, version: i64) -> Result<Vec<Deviation>, MigrateError> {
    let sql = if version < 150_000 { OUTSIDE_DUMP_OF_SERVER_BEFORE_15 } else { OUTSIDE_DUMP_OF_SERVER };
    outside(source, sql).await
}

/// The first two columns of the answer are what it is about, and what became of it.
async fn outside(source: &Session, sql: &str) -> Result<Vec<Deviation>, MigrateError> {
    let rows = source.rows(sql).await.map_err(doing("list what no dump contains on the source"))?;
    let texts = rows.into_iter().filter_map(|row| {
        let mut row = row.into_iter();
        Some((row.next()??, row.next()??))
    });
    Ok(texts.map(|(object, detail)| Deviation::new(DeviationKind::LeftOut, object, detail)).collect())
}

/// The first grants of schema `public`, which `pg_dump` takes for those of the server, under the name that it has now.
async fn renamed_public(source: &Session) -> Result<Vec<Deviation>, MigrateError> {
    let sql = "select n.nspname, a.privilege_type from pg_catalog.pg_namespace n \
                 join pg_catalog.pg_init_privs i on i.objoid = n.oid and i.objsubid = 0 and i.initprivs = n.nspacl \
                  and i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass, pg_catalog.aclexplode(n.nspacl) a \
                where n.nspname not in ('public', 'pg_catalog', 'information_schema') and a.grantee = 0 order by 1, 2";
    let rows =
        source.rows(sql).await.map_err(doing("read the first grants of schema public on the source"))?;
    let told = |row: &Vec<Option<String>>| {
        let (schema, privilege) = (cell_text(row, 0), cell_text(row, 1));
        let reason = format!("was created as public: {privilege} to PUBLIC on it is in no dump");
        Deviation::new(DeviationKind::LeftOut, format!("schema {schema}"), reason).with_sql(
            format!("GRANT {privilege} ON SCHEMA {} TO PUBLIC", ident(&schema)),
            "the owner of the schema",
        )
    };
    Ok(rows.iter().map(told).collect())
}

/// Lists it among the deviations, each in one sentence.
pub(super) async fn list(cx: &mut Context<'_>) -> Result<(), MigrateError> {
    let (source, notes) = (&cx.source.snapshot.session, &mut cx.outcome.deviations);
    let list = async |sql: &str, what: &str| -> Result<Vec<String>, MigrateError> {
        let rows = source.rows(sql).await.map_err(doing(format!("list {what} on the source")))?;
        Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    };
    // The name of an invalid index on a partitioned table only says that a partition lacks its part: that is carried.
    let sql = "select i.indexrelid::pg_catalog.regclass from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid \
               where not i.indisvalid and c.relkind = 'i' and c.oid >= 16384 order by 1";
    for index in list(sql, "invalid indexes").await? {
        let index = format!("index {index}");
        let reason = "is invalid on the source and was left out";
        notes.push(Deviation::new(DeviationKind::LeftOut, index, reason));
    }
    notes.extend(outside(source, OUTSIDE_DUMP).await?);
    notes.extend(renamed_public(source).await?);
    if cx.run.source_version < 120_000 {
        let sql = "select c.oid::pg_catalog.regclass from pg_catalog.pg_class c \
                   where c.oid >= 16384 and c.relhasoids and c.relkind = 'r' order by 1";
        for table in list(sql, "tables with oids").await? {
            notes.push(Deviation::changed(
                format!("table {table}"),
                "was created WITH OIDS: the hidden column oid and its numbers were not copied",
            ));
        }
    }
    let mut tablespaces: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &cx.source.entries {
        if let Some(tablespace) = &entry.tablespace {
            *tablespaces.entry(tablespace).or_default() += 1;
        }
        if entry.kind == "SUBSCRIPTION" {
            notes.push(Deviation::changed(
                format!("subscription {}", entry.tag),
                "was created disabled: enable it when the source has stopped",
            ));
        }
    }
    for (tablespace, objects) in tablespaces {
        notes.push(Deviation::changed(
            format!("{objects} objects of tablespace {tablespace}"),
            "lie in the default tablespace of the target",
        ));
    }
    Ok(())
}
