//! The kind of target: named by the user, or told by its marks.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::collect::databases::names;
use crate::collect::{CollectPlan, Reach};
use crate::facts::{Cell, FactSet, FactTable, Facts, Missing, ProbeFacts};
use crate::pg::{ServerVersion, literal};
use crate::rules::{Profiles, RuleSet};
use crate::server::Session;

/// The profile of a server about which nothing special is known.
pub const DEFAULT_PROFILE: &str = "postgresql";

/// The probe that a planned target answers too.
const VERSION_PROBE: &str = "version";

/// Binds the tables of a profile, and the version of a target that does not exist yet.
pub fn apply_profile(
    rules: &RuleSet,
    profile: &str,
    target_version: Option<ServerVersion>,
    facts: &mut FactSet,
) {
    facts.profile = rules.profiles.get(profile).map(|p| p.facts.clone()).unwrap_or_default();
    // A target that does not exist yet has the version it is planned to have: the one given, else the profile's newest.
    if let Some(ProbeFacts::Missing(Missing::NoTarget)) = facts.target.instance.get(VERSION_PROBE) {
        let newest = || match facts.profile.get("info") {
            Some(ProbeFacts::Table(table)) => {
                match table.rows().first().and_then(|row| row.get("newest_version_num")) {
                    Some(Cell::Int(number)) => Some(ServerVersion(*number)),
                    _ => None,
                }
            }
            _ => None,
        };
        if let (Some(version), Some(probe)) =
            (target_version.or_else(newest), rules.probes.get(VERSION_PROBE))
        {
            let cells = vec![vec![Cell::Text(version.to_string()), Cell::Int(version.0)]];
            if let Ok(table) = FactTable::new(Arc::clone(&probe.shape), cells) {
                facts.target.instance.insert(VERSION_PROBE.to_owned(), ProbeFacts::Table(table));
            }
        }
    }
}

/// The profile named by the user, else the one whose marks the target bears.
pub(super) async fn detect_profile(profiles: &Profiles, plan: &CollectPlan, target: &Reach) -> String {
    if let Some(name) = &plan.profile {
        return name.clone();
    }
    let Reach::Open(session, _) = target else { return DEFAULT_PROFILE.to_owned() };
    service_of(profiles, session).await.unwrap_or(DEFAULT_PROFILE).to_owned()
}

/// The profile whose marks a server bears.
pub(super) async fn service_of<'p>(profiles: &'p Profiles, session: &Session) -> Option<&'p str> {
    let marks_of = |facts: &Facts| match facts.get("info") {
        Some(ProbeFacts::Table(table)) => match table.rows().first().and_then(|row| row.get("detected_by")) {
            Some(Cell::List(marks)) => marks.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    // A mark with a dot is a setting, any other a role. Settings of a provider do not always stand in pg_settings.
    let all: BTreeSet<String> =
        profiles.values().flat_map(|profile| marks_of(&profile.facts)).map(|m| literal(&m)).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let sql = format!(
        "select pg_catalog.to_json(array(select m from pg_catalog.unnest(array[{}]::text[]) m \
          where case when m like '%.%' then pg_catalog.current_setting(m, true) is not null \
                     else exists (select from pg_catalog.pg_roles r where r.rolname = m) end))",
        all.join(", ")
    );
    let marks = names(session, &sql).await.unwrap_or_default();
    let bears = |facts: &Facts| {
        let wanted = marks_of(facts);
        !wanted.is_empty() && wanted.iter().all(|mark| marks.contains(mark))
    };
    profiles.values().find(|profile| bears(&profile.facts)).map(|profile| profile.name.as_str())
}
