//! Which roles of the source get another name on the target: those that the user has mapped, and those of its provider.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::collect::databases::names;
use crate::collect::profile::service_of;
use crate::collect::{CollectPlan, Reach};
use crate::facts::{Cell, Facts, ProbeFacts};
use crate::plan::{MappedRole, RoleMap};
use crate::rules::Profiles;

/// What the user has mapped, and the roles of the source's provider that the target does not have, or that are superusers
/// there: nobody can make them, nor give them anything. What is theirs goes to the user of the target.
pub(super) async fn role_map(
    profiles: &Profiles,
    plan: &CollectPlan,
    source: &Reach,
    target: &Reach,
) -> RoleMap {
    let mapped = |becomes: &str, provider| MappedRole { becomes: becomes.to_owned(), provider };
    let mut roles: BTreeMap<String, MappedRole> = plan
        .role_map
        .iter()
        .filter(|(name, becomes)| name != becomes)
        .map(|(name, becomes)| (name.clone(), mapped(becomes, false)))
        .collect();
    let Reach::Open(session, _) = source else { return RoleMap { roles } };
    let Some(service) = service_of(profiles, session).await else { return RoleMap { roles } };
    let patterns = profiles.get(service).map(|profile| reserved_roles(&profile.facts)).unwrap_or_default();
    let on_source = names(session, "select pg_catalog.to_json(array(select rolname::text from pg_catalog.pg_roles where rolname !~ '^pg_'))").await;
    let kept = match target {
        Reach::Open(session, _) => {
            names(session, "select pg_catalog.to_json(array(select rolname::text from pg_catalog.pg_roles where not rolsuper))").await
        }
        Reach::Failed(_) | Reach::Absent => None,
    };
    let kept: BTreeSet<String> = kept.unwrap_or_default();
    let user = plan.target.as_ref().map_or("the user of the target", |target| target.conninfo.user.as_str());
    for role in on_source.unwrap_or_default() {
        let of_provider = patterns.iter().any(|pattern| pattern.is_match(&role));
        if of_provider && !kept.contains(&role) && !plan.role_map.contains_key(&role) {
            roles.insert(role, mapped(user, true));
        }
    }
    RoleMap { roles }
}

/// Names of roles that a service keeps for itself. Those of PostgreSQL itself are on every server.
fn reserved_roles(profile: &Facts) -> Vec<Regex> {
    let Some(ProbeFacts::Table(table)) = profile.get("reserved_names") else { return Vec::new() };
    let of_roles = table.rows().iter().filter(|row| row.get("kind") == Some(&Cell::Text("role".to_owned())));
    of_roles
        .filter_map(|row| match row.get("pattern") {
            Some(Cell::Text(pattern)) if pattern != "^pg_" => Regex::new(pattern).ok(),
            _ => None,
        })
        .collect()
}
