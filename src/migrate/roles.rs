//! Roles: created where they are missing, with memberships, settings, comments and password hashes, as far as the
//! target allows. What it does not allow is decided before the first statement, and listed.

use std::collections::{BTreeMap, BTreeSet};

use crate::migrate::error::MigrateError;
use crate::migrate::refusal::SUPERUSER;
use crate::migrate::settings::setting_statement;
use crate::outcome::{Deviation, DeviationKind};
use crate::pg::{ident, literal};
use crate::plan::{ExistingRoles, MappedRole, RoleMap};
use crate::server::{Session, cell_text, doing};

/// The user of the target connection, with what it may do.
#[derive(Debug, Clone)]
pub(crate) struct TargetUser {
    pub(crate) name: String,
    pub(crate) superuser: bool,
    createrole: bool,
    pub(crate) createdb: bool,
    replication: bool,
    bypassrls: bool,
}

struct Role {
    name: String,
    superuser: bool,
    inherit: bool,
    createrole: bool,
    createdb: bool,
    login: bool,
    replication: bool,
    bypassrls: bool,
    connections_max: String,
    password: Option<String>,
    valid_until: Option<String>,
    comment: Option<String>,
}

fn truth(row: &[Option<String>], at: usize) -> bool {
    cell_text(row, at) == "t"
}

/// Reads the user of the target connection.
pub(crate) async fn target_user(target: &Session) -> Result<TargetUser, MigrateError> {
    let sql = "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls \
               from pg_catalog.pg_roles where rolname = current_user";
    let rows = target.rows(sql).await.map_err(doing("read the user of the target"))?;
    let row = rows.into_iter().next().unwrap_or_default();
    Ok(TargetUser {
        name: cell_text(&row, 0),
        superuser: truth(&row, 1),
        createrole: truth(&row, 2),
        createdb: truth(&row, 3),
        replication: truth(&row, 4),
        bypassrls: truth(&row, 5),
    })
}

/// The roles of the source that are not on the target under their own name, for the report.
pub(crate) async fn mapped(source: &Session, map: &RoleMap) -> Result<Vec<Deviation>, MigrateError> {
    if map.roles.is_empty() {
        return Ok(Vec::new());
    }
    let on_source = names(source, "select rolname from pg_catalog.pg_roles").await?;
    let line = |(name, to): (&String, &MappedRole)| {
        let becomes = &to.becomes;
        if to.provider {
            let reason = format!(
                "was left behind, it belongs to the provider of the source: what it owns or was granted is {becomes}'s"
            );
            Deviation::new(DeviationKind::LeftOut, format!("role {name}"), reason)
        } else {
            Deviation::changed(format!("role {name}"), format!("is {becomes} on the target, as asked for"))
        }
    };
    Ok(map.roles.iter().filter(|(name, _)| on_source.contains(*name)).map(line).collect())
}

/// Roles on their way from source to target.
pub(crate) struct Carry<'a> {
    pub(crate) source: &'a Session,
    pub(crate) target: &'a Session,
    /// The user of the target.
    pub(crate) user: &'a TargetUser,
    /// Of source and target, as numbers.
    pub(crate) versions: (i64, i64),
    /// Limits the roles to these and what they are members of.
    pub(crate) needed: Option<&'a BTreeSet<String>>,
    /// Roles that get another name.
    pub(crate) map: &'a RoleMap,
    /// For roles that are dropped again: the comment that marks them. Nobody can log in as one of them.
    pub(crate) temporary: Option<&'a str>,
    /// What becomes of roles that the target has already.
    pub(crate) existing: ExistingRoles,
}

impl Carry<'_> {
    /// Does what [`Carry::run`] does, and undoes it: an error is what the migration would end with.
    pub(crate) async fn try_out(&self) -> Result<(), MigrateError> {
        self.target.execute("begin").await.map_err(doing("begin a transaction on the target"))?;
        let carried = self.in_transaction().await;
        self.target.execute("rollback").await.map_err(doing("undo the roles on the target"))?;
        carried.map(drop)
    }

    /// Carries them, and returns the deviations.
    pub(crate) async fn run(&self) -> Result<Vec<Deviation>, MigrateError> {
        // All or none: after a crash in the middle nobody could tell which memberships and settings are missing.
        self.target.execute("begin").await.map_err(doing("begin a transaction on the target"))?;
        let carried = self.in_transaction().await;
        let end = if carried.is_ok() { "commit" } else { "rollback" };
        self.target.execute(end).await.map_err(doing("end the transaction of the roles on the target"))?;
        carried
    }

    async fn in_transaction(&self) -> Result<Vec<Deviation>, MigrateError> {
        let Carry { source, target, user, map, .. } = *self;
        let mut deviations = Vec::new();
        let (mut roles, hashes) = read_roles(source).await?;
        let memberships = read_memberships(source, self.versions.0, self.keeps_grantors()).await?;
        let mut wanted = closure(&roles, &memberships, self.needed);
        wanted.retain(|role| !map.is_provider(role));
        roles.retain(|role| wanted.contains(&role.name));
        let existing = names(target, "select rolname from pg_catalog.pg_roles").await?;
        let mut created = BTreeSet::new();
        let mut without = Vec::new();
        let mut kept = Vec::new();
        for mut role in roles {
            let name = map.name(&role.name).to_owned();
            if existing.contains(&name) || created.contains(&name) {
                if name == role.name && name != user.name && !created.contains(&name) {
                    kept.push(role);
                }
                continue;
            }
            if !user.superuser && !user.createrole {
                return Err(MigrateError::Refused(format!(
                    "role {name} is missing on the target and {} may not create roles: create it there, or give CREATEROLE to {}",
                    user.name, user.name
                )));
            }
            if name != role.name && role.password.as_ref().is_some_and(|hash| hash.starts_with("md5")) {
                // The name is part of what an MD5 hash was made of.
                role.password = None;
                deviations.push(Deviation::changed(
                    format!("role {name}"),
                    format!("was created without a password, since its MD5 hash is that of {}", role.name),
                ));
            }
            if role.login && !hashes {
                without.push(name.clone());
            }
            role.name.clone_from(&name);
            if let Some(mark) = self.temporary {
                let comment = Some(mark.to_owned());
                role = Role { login: false, password: None, valid_until: None, comment, ..role };
            }
            let sql = create_statement(&role, user, self.versions.1, &mut deviations);
            target.execute(&sql).await.map_err(doing(format!("create role {name}")))?;
            created.insert(name);
        }
        if !without.is_empty() {
            deviations.push(Deviation::changed(
                "these roles",
                format!(
                    "were created without a password, since the hashes cannot be read on the source: {}",
                    without.join(", ")
                ),
            ));
        }
        let there = read_memberships(target, self.versions.1, false).await?;
        let there: BTreeSet<_> = there.iter().map(|row| (cell_text(row, 0), cell_text(row, 1))).collect();
        for row in memberships.iter().filter(|row| wanted.contains(&cell_text(row, 1))) {
            self.membership(row, &created, &there, &mut deviations).await?;
        }
        self.existing_roles(&kept, &mut deviations).await?;
        for row in read_settings(source).await? {
            let (role, stored) = (cell_text(&row, 0), cell_text(&row, 1));
            let role = map.name(&role);
            if self.temporary.is_none()
                && created.contains(role)
                && let Some(sql) = setting_statement(&format!("ALTER ROLE {}", ident(role)), &stored)
            {
                let name = stored.split('=').next().unwrap_or_default();
                let what = format!("setting {name} of role {role}");
                attempt(target, &sql, what, user, &mut deviations).await?;
            }
        }
        Ok(deviations)
    }

    /// Carries one membership; where both roles were there already, it completes them.
    async fn membership(
        &self,
        row: &[Option<String>],
        created: &BTreeSet<String>,
        there: &BTreeSet<(String, String)>,
        deviations: &mut Vec<Deviation>,
    ) -> Result<(), MigrateError> {
        let (group, member) = (cell_text(row, 0), cell_text(row, 1));
        if self.map.is_provider(&group) {
            let membership = format!("membership of {member} in {group}");
            let reason = format!("was not carried: {group} was left behind");
            deviations.push(Deviation::new(DeviationKind::LeftOut, membership, reason));
            return Ok(());
        }
        let (group, member) = (self.map.name(&group), self.map.name(&member));
        let is_new = created.contains(member) || created.contains(group);
        if group == member
            || member == self.user.name
            || there.contains(&(group.to_owned(), member.to_owned()))
        {
            return Ok(());
        }
        let (source_version, target_version) = self.versions;
        let mut options = Vec::new();
        if truth(row, 2) {
            options.push("ADMIN TRUE".to_owned());
        }
        if source_version >= 160_000 && target_version >= 160_000 {
            options.push(format!("INHERIT {}", if truth(row, 3) { "TRUE" } else { "FALSE" }));
            options.push(format!("SET {}", if truth(row, 4) { "TRUE" } else { "FALSE" }));
        }
        let with = match (options.is_empty(), target_version >= 160_000) {
            (true, _) => String::new(),
            (false, true) => format!(" WITH {}", options.join(", ")),
            (false, false) => " WITH ADMIN OPTION".to_owned(),
        };
        let sql = format!("GRANT {} TO {}{with}", ident(group), ident(member));
        let what = format!("membership of {member} in {group}");
        if is_new
            && let Some(grantor) =
                row.get(5).cloned().flatten().filter(|grantor| !self.map.is_provider(grantor))
        {
            let granted = format!("{sql} GRANTED BY {}", ident(self.map.name(&grantor)));
            let failed = |error| MigrateError::from(doing(format!("carry {what}"))(error));
            self.target.execute("savepoint grantor").await.map_err(failed)?;
            let Err(error) = self.target.execute(&granted).await else { return Ok(()) };
            self.target.execute("rollback to savepoint grantor").await.map_err(failed)?;
            // A role that was there already may lack the right to grant it.
            deviations.push(Deviation::changed(&what, format!("is not granted by {grantor}: {error}")));
        }
        if is_new {
            return attempt(self.target, &sql, what, self.user, deviations).await;
        }
        self.complete(what, &sql, deviations).await
    }

    /// Whether memberships are granted by the same roles as on the source: since 16 each depends on that one, and only a
    /// superuser can name another than himself.
    fn keeps_grantors(&self) -> bool {
        self.versions.0 >= 160_000 && self.versions.1 >= 160_000 && self.user.superuser
    }

    /// What roles that the target has already lack of those of the source: completed, or listed. What they have
    /// otherwise stays.
    async fn existing_roles(
        &self,
        kept: &[Role],
        deviations: &mut Vec<Deviation>,
    ) -> Result<(), MigrateError> {
        let (on_target, _) = read_roles(self.target).await?;
        let settings_there: BTreeSet<(String, String)> = read_settings(self.target)
            .await?
            .iter()
            .map(|row| (cell_text(row, 0), setting_name(&cell_text(row, 1))))
            .collect();
        let settings = read_settings(self.source).await?;
        for role in kept {
            let Some(there) = on_target.iter().find(|there| there.name == role.name) else { continue };
            let (name, alter) = (&role.name, format!("ALTER ROLE {}", ident(&role.name)));
            if role.connections_max != "-1" && there.connections_max == "-1" {
                let sql = format!("{alter} CONNECTION LIMIT {}", role.connections_max);
                self.complete(format!("connection limit of role {name}"), &sql, deviations).await?;
            }
            if let (Some(until), None) = (&role.valid_until, &there.valid_until) {
                let sql = format!("{alter} VALID UNTIL {}", literal(until));
                self.complete(format!("end of the password of role {name}"), &sql, deviations).await?;
            }
            if let (Some(comment), None) = (&role.comment, &there.comment) {
                let sql = format!("COMMENT ON ROLE {} IS {}", ident(name), literal(comment));
                self.complete(format!("comment of role {name}"), &sql, deviations).await?;
            }
            for row in settings.iter().filter(|row| cell_text(row, 0) == *name) {
                let stored = cell_text(row, 1);
                let setting = setting_name(&stored);
                if let Some(sql) = setting_statement(&alter, &stored)
                    && !settings_there.contains(&(name.clone(), setting.clone()))
                {
                    self.complete(format!("setting {setting} of role {name}"), &sql, deviations).await?;
                }
            }
        }
        for stored in read_settings_of_all(self.source).await? {
            if let Some(sql) = setting_statement("ALTER ROLE ALL", &stored) {
                let what = format!("setting {} of all roles", setting_name(&stored));
                let reason = "was left out: it would hold in every database of the target's server";
                deviations
                    .push(Deviation::new(DeviationKind::LeftOut, what, reason).with_sql(sql, SUPERUSER));
            }
        }
        Ok(())
    }

    /// Runs a statement that completes a role that was there, or lists it.
    async fn complete(
        &self,
        what: String,
        sql: &str,
        deviations: &mut Vec<Deviation>,
    ) -> Result<(), MigrateError> {
        match self.existing {
            ExistingRoles::Complete => attempt(self.target, sql, what, self.user, deviations).await,
            ExistingRoles::Keep => {
                let reason = "was left out: the role was there already (--existing-roles complete)";
                deviations.push(
                    Deviation::new(DeviationKind::LeftOut, what, reason)
                        .with_sql(sql, "who may alter and grant the role"),
                );
                Ok(())
            }
        }
    }
}

/// The name of a stored setting.
fn setting_name(stored: &str) -> String {
    stored.split('=').next().unwrap_or_default().to_owned()
}

/// Settings that hold for all roles in all databases.
async fn read_settings_of_all(source: &Session) -> Result<Vec<String>, MigrateError> {
    let sql = "select pg_catalog.unnest(s.setconfig) from pg_catalog.pg_db_role_setting s where s.setdatabase = 0 and s.setrole = 0";
    let rows = source.rows(sql).await.map_err(doing("read the settings of all roles on the source"))?;
    Ok(rows.iter().map(|row| cell_text(row, 0)).collect())
}

/// Runs a statement. What a user without superuser rights is refused is a deviation; anything else is a failure.
async fn attempt(
    target: &Session,
    sql: &str,
    what: String,
    user: &TargetUser,
    deviations: &mut Vec<Deviation>,
) -> Result<(), MigrateError> {
    let failed = |error| MigrateError::from(doing(format!("carry {what}"))(error));
    target.execute("savepoint attempt").await.map_err(failed)?;
    if let Err(error) = target.execute(sql).await {
        if user.superuser || !error.is_refusal() {
            return Err(failed(error));
        }
        deviations.push(
            Deviation::new(DeviationKind::Refused, &what, format!("was not carried: {error}"))
                .with_sql(sql, SUPERUSER),
        );
        target.execute("rollback to savepoint attempt").await.map_err(failed)?;
    }
    target.execute("release savepoint attempt").await.map_err(failed)
}

async fn names(session: &Session, sql: &str) -> Result<BTreeSet<String>, MigrateError> {
    let rows = session.rows(sql).await.map_err(doing("list roles"))?;
    Ok(rows.iter().map(|row| cell_text(row, 0)).collect())
}

/// The roles of the source, and whether their password hashes could be read.
async fn read_roles(source: &Session) -> Result<(Vec<Role>, bool), MigrateError> {
    let readable = source
        .single_text("select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')")
        .await
        .map_err(doing("ask whether password hashes can be read"))?;
    let hashes = readable.as_deref() == Some("t");
    let (table, password) = if hashes { ("pg_authid", "r.rolpassword") } else { ("pg_roles", "null") };
    let sql = format!(
        "select r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, \
                r.rolbypassrls, r.rolconnlimit, {password}, r.rolvaliduntil, pg_catalog.shobj_description(r.oid, 'pg_authid') \
           from pg_catalog.{table} r where r.rolname !~ '^pg_' order by 1"
    );
    let rows = source.rows(&sql).await.map_err(doing("read the roles of the source"))?;
    let roles: Vec<Role> = rows
        .iter()
        .map(|row| Role {
            name: cell_text(row, 0),
            superuser: truth(row, 1),
            inherit: truth(row, 2),
            createrole: truth(row, 3),
            createdb: truth(row, 4),
            login: truth(row, 5),
            replication: truth(row, 6),
            bypassrls: truth(row, 7),
            connections_max: cell_text(row, 8),
            password: row.get(9).cloned().flatten(),
            valid_until: row.get(10).cloned().flatten(),
            comment: row.get(11).cloned().flatten(),
        })
        .collect();
    Ok((roles, hashes))
}

/// Memberships with their options and, where grantors are kept, the role that granted each, if that is not the superuser
/// who made the server. One that another lets grant comes after that other.
async fn read_memberships(
    source: &Session,
    version: i64,
    grantors: bool,
) -> Result<Vec<Vec<Option<String>>>, MigrateError> {
    let options = if version >= 160_000 { "m.inherit_option, m.set_option" } else { "true, true" };
    let grantor = if grantors { "w.rolname" } else { "null::name" };
    let sql = format!(
        "select g.rolname, u.rolname, pg_catalog.bool_or(m.admin_option), \
                pg_catalog.bool_or(m.inherit_option), pg_catalog.bool_or(m.set_option), {grantor} \
           from (select m.roleid, m.member, m.grantor, m.admin_option, {options} from pg_catalog.pg_auth_members m) \
                as m (roleid, member, grantor, admin_option, inherit_option, set_option) \
           join pg_catalog.pg_roles g on g.oid = m.roleid join pg_catalog.pg_roles u on u.oid = m.member \
           left join pg_catalog.pg_roles w on w.oid = m.grantor and w.oid <> 10 \
          group by 1, 2, 6 order by 1, 2, 6"
    );
    let mut rest = source.rows(&sql).await.map_err(doing("read the memberships of the source"))?;
    let mut sorted: Vec<Vec<Option<String>>> = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let lets = |row: &Vec<Option<String>>| {
            let is_grantor = |by: &Vec<Option<String>>| by[0] == row[0] && by[1] == row[5] && truth(by, 2);
            row[5].is_none() || sorted.iter().any(is_grantor)
        };
        let (ready, waiting): (Vec<_>, Vec<_>) = rest.into_iter().partition(lets);
        let is_stuck = ready.is_empty();
        sorted.extend(ready);
        rest = if is_stuck {
            sorted.extend(waiting);
            Vec::new()
        } else {
            waiting
        };
    }
    Ok(sorted)
}

async fn read_settings(source: &Session) -> Result<Vec<Vec<Option<String>>>, MigrateError> {
    let sql = "select r.rolname, pg_catalog.unnest(s.setconfig) from pg_catalog.pg_db_role_setting s \
               join pg_catalog.pg_roles r on r.oid = s.setrole where s.setdatabase = 0";
    Ok(source.rows(sql).await.map_err(doing("read the settings of roles on the source"))?)
}

/// The roles to carry: all, or those needed with everything they are members of.
fn closure(
    roles: &[Role],
    memberships: &[Vec<Option<String>>],
    needed: Option<&BTreeSet<String>>,
) -> BTreeSet<String> {
    let Some(needed) = needed else { return roles.iter().map(|r| r.name.clone()).collect() };
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in memberships {
        groups.entry(cell_text(row, 1)).or_default().push(cell_text(row, 0));
    }
    let mut wanted = needed.clone();
    let mut open: Vec<String> = needed.iter().cloned().collect();
    while let Some(role) = open.pop() {
        for group in groups.get(&role).into_iter().flatten() {
            if wanted.insert(group.clone()) {
                open.push(group.clone());
            }
        }
    }
    wanted
}

/// The statement that creates a role. Attributes that this user may not give are left out and listed.
fn create_statement(
    role: &Role,
    user: &TargetUser,
    target_version: i64,
    deviations: &mut Vec<Deviation>,
) -> String {
    // From 16 on CREATEROLE may pass on what it has itself; before, only a superuser gives these three.
    let may_pass = |has: bool| user.superuser || (target_version >= 160_000 && has);
    let mut sql = format!("CREATE ROLE {}", ident(&role.name));
    let mut give = |wanted: bool, word: &str, allowed: bool| {
        if wanted && !allowed {
            let reason = format!("was created without {word}: {} may not give it", user.name);
            let sql = format!("ALTER ROLE {} {word}", ident(&role.name));
            deviations
                .push(Deviation::changed(format!("role {}", role.name), reason).with_sql(sql, SUPERUSER));
        }
        sql.push_str(if wanted && allowed { " " } else { " NO" });
        sql.push_str(word);
    };
    give(role.superuser, "SUPERUSER", user.superuser);
    give(role.replication, "REPLICATION", may_pass(user.replication));
    give(role.bypassrls, "BYPASSRLS", may_pass(user.bypassrls));
    give(role.createdb, "CREATEDB", user.superuser || target_version < 160_000 || user.createdb);
    give(role.createrole, "CREATEROLE", true);
    give(role.inherit, "INHERIT", true);
    give(role.login, "LOGIN", true);
    // NOSUPERUSER and the like may only be said by those who may also give them.
    if !user.superuser {
        for word in [" NOSUPERUSER", " NOREPLICATION", " NOBYPASSRLS"] {
            sql = sql.replacen(word, "", 1);
        }
    }
    if role.connections_max != "-1" {
        sql.push_str(&format!(" CONNECTION LIMIT {}", role.connections_max));
    }
    if let Some(hash) = &role.password {
        sql.push_str(&format!(" PASSWORD {}", literal(hash)));
    }
    if let Some(until) = &role.valid_until {
        sql.push_str(&format!(" VALID UNTIL {}", literal(until)));
    }
    if let Some(comment) = &role.comment {
        sql.push_str(&format!("; COMMENT ON ROLE {} IS {}", ident(&role.name), literal(comment)));
    }
    sql
}
