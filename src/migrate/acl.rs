//! Grants of objects that `pg_dump` is not asked for: databases and large objects.

use crate::pg::ident;
use crate::plan::RoleMap;

/// One grant, as `aclexplode` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The role; `None` for PUBLIC.
    pub(crate) grantee: Option<String>,
    /// The privilege.
    pub(crate) privilege: String,
    /// Whether it may be passed on.
    pub(crate) grantable: bool,
}

impl Grant {
    /// Names the role of the target.
    pub(crate) fn apply(&mut self, map: &RoleMap) {
        if let Some(grantee) = &mut self.grantee {
            *grantee = map.name(grantee).to_owned();
        }
    }
}

/// Statements that make the grants of an object exactly these. `object` is `DATABASE "x"` or `LARGE OBJECT 1`.
pub(crate) fn grant_statements(object: &str, owner: &str, grants: &[Grant]) -> Vec<String> {
    let mut statements = vec![
        format!("REVOKE ALL ON {object} FROM PUBLIC"),
        format!("REVOKE ALL ON {object} FROM {}", ident(owner)),
    ];
    statements.extend(grants.iter().map(|grant| {
        let grantee = grant.grantee.as_deref().map_or_else(|| "PUBLIC".to_owned(), ident);
        let option = if grant.grantable { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {} ON {object} TO {grantee}{option}", grant.privilege)
    }));
    statements
}
