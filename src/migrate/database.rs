//! The database itself: made with the encoding and locale of the source, later given its owner, grants and settings.

use crate::migrate::acl::{Grant, grant_statements};
use crate::migrate::error::MigrateError;
use crate::migrate::settings::setting_statement;
use crate::pg::{ident, literal};
use crate::plan::RoleMap;
use crate::server::{Session, cell_text, doing};

/// The database that every server has for its administrator. On a server whose administrator is no superuser it is the
/// provider's.
pub(crate) const MAINTENANCE_DATABASE: &str = "postgres";

/// A database as the catalog of the source describes it.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFacts {
    pub(crate) encoding: String,
    pub(crate) owner: String,
    collate: Option<String>,
    ctype: Option<String>,
    provider: String,
    locale: Option<String>,
    icu_rules: Option<String>,
    connections_max: i64,
    comment: Option<String>,
    grants: Option<Vec<Grant>>,
    /// Setting, and the role it is for if it is for one.
    settings: Vec<(Option<String>, String)>,
}

/// Reads the database of a session.
pub(crate) async fn read(session: &Session, version_num: i64) -> Result<DatabaseFacts, MigrateError> {
    let provider = if version_num >= 150_000 { "d.datlocprovider::text" } else { "'c'" };
    let locale = match version_num {
        170_000.. => "d.datlocale",
        150_000.. => "d.daticulocale",
        _ => "null",
    };
    let rules = if version_num >= 160_000 { "d.daticurules" } else { "null" };
    let sql = format!(
        "select pg_catalog.pg_encoding_to_char(d.encoding), pg_catalog.pg_get_userbyid(d.datdba), d.datcollate, d.datctype, \
                {provider}, {locale}, {rules}, d.datconnlimit, pg_catalog.shobj_description(d.oid, 'pg_database'), d.datacl is not null \
           from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()"
    );
    let rows = session.rows(&sql).await.map_err(doing("read the properties of the source database"))?;
    let row = rows.into_iter().next().unwrap_or_default();
    let grants = if cell_text(&row, 9) == "t" {
        let sql = "select r.rolname, a.privilege_type, a.is_grantable from pg_catalog.pg_database d, \
                   pg_catalog.aclexplode(d.datacl) a left join pg_catalog.pg_roles r on r.oid = a.grantee \
                   where d.datname = pg_catalog.current_database() and (a.grantee = 0 or r.oid is not null)";
        Some(read_grants(session, sql).await?)
    } else {
        None
    };
    let sql = "select r.rolname, pg_catalog.unnest(s.setconfig) from pg_catalog.pg_db_role_setting s \
               left join pg_catalog.pg_roles r on r.oid = s.setrole \
               where s.setdatabase = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) \
               and (s.setrole = 0 or r.oid is not null)";
    let settings = session.rows(sql).await.map_err(doing("read the settings of the source database"))?;
    Ok(DatabaseFacts {
        encoding: cell_text(&row, 0),
        owner: cell_text(&row, 1),
        collate: row.get(2).cloned().flatten(),
        ctype: row.get(3).cloned().flatten(),
        provider: cell_text(&row, 4),
        locale: row.get(5).cloned().flatten(),
        icu_rules: row.get(6).cloned().flatten(),
        connections_max: cell_text(&row, 7).parse().unwrap_or(-1),
        comment: row.get(8).cloned().flatten(),
        grants,
        settings: settings.into_iter().map(|r| (r.first().cloned().flatten(), cell_text(&r, 1))).collect(),
    })
}

/// Reads grants from a query of grantee, privilege and whether it may be passed on.
pub(crate) async fn read_grants(session: &Session, sql: &str) -> Result<Vec<Grant>, MigrateError> {
    let rows = session.rows(sql).await.map_err(doing("read grants on the source"))?;
    Ok(rows
        .into_iter()
        .map(|row| Grant {
            grantee: row.first().cloned().flatten(),
            privilege: cell_text(&row, 1),
            grantable: cell_text(&row, 2) == "t",
        })
        .collect())
}

impl DatabaseFacts {
    /// Leaves out all grants.
    pub(crate) fn without_grants(&mut self) {
        self.grants = None;
    }

    /// Leaves out what names roles that are not among these, and returns what that is about.
    pub(crate) fn keep_roles(&mut self, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut left_out = Vec::new();
        let mut keep = |what: &str, role: Option<&String>| {
            let missing = role.filter(|role| !exists(role));
            left_out.extend(missing.map(|role| format!("{what} of role {role}")));
            missing.is_none()
        };
        self.settings.retain(|(role, stored)| {
            keep(&format!("setting {}", stored.split('=').next().unwrap_or_default()), role.as_ref())
        });
        if let Some(grants) = &mut self.grants {
            grants.retain(|grant| keep(&format!("grant {}", grant.privilege), grant.grantee.as_ref()));
        }
        left_out
    }

    /// Names the roles of the target. Settings of roles that are left behind are left out.
    pub(crate) fn apply(&mut self, map: &RoleMap) {
        self.owner = map.name(&self.owner).to_owned();
        self.settings.retain(|(role, _)| !role.as_ref().is_some_and(|role| map.is_provider(role)));
        for role in self.settings.iter_mut().filter_map(|(role, _)| role.as_mut()) {
            *role = map.name(role).to_owned();
        }
        for grant in self.grants.iter_mut().flatten() {
            grant.apply(map);
        }
    }

    /// The statement that makes it. Always from template0, since template1 may hold anything.
    pub(crate) fn create_statement(&self, name: &str, target_version_num: i64) -> String {
        let mut sql = format!(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING {}",
            ident(name),
            literal(&self.encoding)
        );
        for (word, value) in [("LC_COLLATE", &self.collate), ("LC_CTYPE", &self.ctype)] {
            if let Some(value) = value {
                sql.push_str(&format!(" {word} {}", literal(value)));
            }
        }
        if target_version_num >= 150_000 {
            let (provider, word) = match self.provider.as_str() {
                "i" => ("icu", "ICU_LOCALE"),
                "b" => ("builtin", "BUILTIN_LOCALE"),
                _ => ("libc", ""),
            };
            sql.push_str(&format!(" LOCALE_PROVIDER {provider}"));
            if let Some(locale) = self.locale.as_ref().filter(|_| !word.is_empty()) {
                sql.push_str(&format!(" {word} {}", literal(locale)));
            }
            if let Some(rules) = &self.icu_rules {
                sql.push_str(&format!(" ICU_RULES {}", literal(rules)));
            }
        }
        sql
    }

    /// The statements that give it its comment, limit, settings, owner and grants, each with what it sets: `setting
    /// work_mem`, or `setting work_mem of role app` for a role in this database.
    pub(crate) fn finish_statements(&self, name: &str) -> Vec<(String, String)> {
        let database = format!("DATABASE {}", ident(name));
        let mut statements = Vec::new();
        if let Some(comment) = &self.comment {
            let sql = format!("COMMENT ON {database} IS {}", literal(comment));
            statements.push(("comment".to_owned(), sql));
        }
        if self.connections_max >= 0 {
            let sql = format!("ALTER {database} CONNECTION LIMIT {}", self.connections_max);
            statements.push(("connection limit".to_owned(), sql));
        }
        for (role, stored) in &self.settings {
            let setting = format!("setting {}", stored.split('=').next().unwrap_or_default());
            let (what, subject) = match role {
                Some(role) => {
                    (format!("{setting} of role {role}"), format!("ALTER ROLE {} IN {database}", ident(role)))
                }
                None => (setting, format!("ALTER {database}")),
            };
            statements.extend(setting_statement(&subject, stored).map(|sql| (what, sql)));
        }
        statements.push(("owner".to_owned(), format!("ALTER {database} OWNER TO {}", ident(&self.owner))));
        if let Some(grants) = &self.grants {
            let grants = grant_statements(&database, &self.owner, grants);
            statements.extend(grants.into_iter().map(|sql| ("grants".to_owned(), sql)));
        }
        statements
    }
}
