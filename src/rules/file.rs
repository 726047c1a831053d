//! A rule as it is written in its file, with the position of what may be wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::findings::{Severity, When, Who};
use crate::rules::probe::Scope;
use crate::rules::rule::{Lifecycle, RehearsalRole};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleText {
    pub(crate) title: String,
    pub(crate) passed: Option<String>,
    pub(crate) who: Option<Who>,
    pub(crate) severity: Severity,
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) status: Lifecycle,
    pub(crate) scope: Option<Scope>,
    pub(crate) azure_code: Option<String>,
    #[serde(default)]
    pub(crate) when: When,
    #[serde(default)]
    pub(crate) leaves_open: bool,
    pub(crate) applies_if: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) applies_text: Option<String>,
    pub(crate) for_each: Option<Spanned<String>>,
    pub(crate) violated_if: Option<Spanned<String>>,
    pub(crate) needs_target_if: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) rehearsal: RehearsalRole,
    pub(crate) subject: Spanned<String>,
    pub(crate) message: Spanned<String>,
    pub(crate) why: String,
    pub(crate) fix: Spanned<String>,
    #[serde(default)]
    pub(crate) fix_sql: FixSqlText,
    #[serde(default)]
    pub(crate) references: Vec<String>,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, ParamText>,
    #[serde(default)]
    pub(crate) case: Vec<Spanned<CaseText>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixSqlText {
    pub(crate) only_if: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) source: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) target: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParamText {
    pub(crate) default: Spanned<toml::Value>,
    pub(crate) about: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseText {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) source: toml::Table,
    #[serde(default)]
    pub(crate) target: Option<toml::Table>,
    #[serde(default)]
    pub(crate) profile: toml::Table,
    #[serde(default)]
    pub(crate) run: toml::Table,
    #[serde(default)]
    pub(crate) params: toml::Table,
    pub(crate) violations: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) skipped: bool,
    #[serde(default)]
    pub(crate) could_not_check: bool,
}
