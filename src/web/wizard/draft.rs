//! What was typed so far, and the run it asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::app::{JudgingSpec, RehearsalSpec, RunOption, RunSpec, ServerSpec};
use crate::config::Environment;
use crate::error::Error;
use crate::facts::Side;
use crate::pg::{Secret, conninfo_value};
use crate::plan::{IfExists, MigrationOptions, OwnerChoice, RolesChoice, VerifyLevel};
use crate::web::form::OwnForm;
use crate::web::probe::Found;
use crate::web::wizard::fields::Section;

/// A run that is being described.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    values: BTreeMap<&'static str, String>,
    passwords: BTreeMap<&'static str, Secret>,
    pub(super) databases: BTreeSet<String>,
    pub(super) renames: BTreeMap<String, String>,
    pub(super) role_map: BTreeMap<String, String>,
    /// What the servers answered last.
    pub(super) source: Option<Found>,
    pub(super) target: Option<Found>,
}

impl Draft {
    /// The value of a field; empty before it was filled in.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub(super) fn has_password(&self, name: &str) -> bool {
        self.passwords.contains_key(name)
    }

    /// Takes what was sent from a tab. A password that is left empty stays what it was.
    pub(super) fn take(&mut self, section: &'static Section, form: &OwnForm) {
        let before = (self.conninfo(Side::Source), self.conninfo(Side::Target));
        for field in section.fields {
            let value = form.get(field.name).unwrap_or_default().trim();
            if field.is_password() {
                if let Some(password) = form.get(field.name).filter(|p| !p.is_empty()) {
                    self.passwords.insert(field.name, Secret::new(password));
                }
            } else {
                self.values.insert(field.name, value.to_owned());
            }
        }
        // Another server has other databases and roles.
        if self.conninfo(Side::Source) != before.0 {
            self.source = None;
        }
        if self.conninfo(Side::Target) != before.1 {
            self.target = None;
        }
        match section.id {
            "databases" => {
                self.databases = form.all("database").map(str::to_owned).collect();
                self.renames = renamed(form, "rename");
            }
            "roles" => self.role_map = renamed(form, "role"),
            _ => {}
        }
    }

    /// The connection string of a server, without a password. Empty for a target that does not exist.
    pub(super) fn conninfo(&self, side: Side) -> String {
        let side = side.name();
        if self.get(&format!("{side}_host")).is_empty() {
            return String::new();
        }
        let mut parts = Vec::new();
        for (key, default) in [
            ("host", ""),
            ("port", "5432"),
            ("user", ""),
            ("dbname", "postgres"),
            ("sslmode", "prefer"),
            ("sslrootcert", ""),
        ] {
            let value = self.get(&format!("{side}_{key}"));
            let value = if value.is_empty() { default } else { value };
            if !value.is_empty() {
                parts.push(format!("{key}={}", conninfo_value(value)));
            }
        }
        parts.join(" ")
    }

    /// The target as the store names it.
    pub(super) fn target_address(&self) -> Option<String> {
        let host = self.get("target_host");
        let port = Some(self.get("target_port")).filter(|port| !port.is_empty()).unwrap_or("5432");
        (!host.is_empty()).then(|| format!("{host}:{port}"))
    }

    /// An environment with the passwords.
    pub(super) fn environment(&self, env: &Environment) -> Environment {
        let mut env = env.clone();
        for (name, variable) in [
            ("source_password", "PGPASSAGE_SOURCE_PASSWORD"),
            ("target_password", "PGPASSAGE_TARGET_PASSWORD"),
        ] {
            if let Some(password) = self.passwords.get(name) {
                env = env.with(variable, password.expose());
            }
        }
        env
    }

    pub(super) fn option(&self) -> RunOption {
        match self.get("option") {
            "Migrate" => RunOption::Migrate,
            "ValidateAndMigrate" => RunOption::ValidateAndMigrate,
            _ => RunOption::Validate,
        }
    }

    /// The run it asks for. A map of roles is written into the store's folder, since a run that is resumed reads it again.
    pub(super) fn spec(&self, state_dir: &Path) -> Result<RunSpec, Error> {
        let words = |name: &str| self.get(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let conninfo = |side| Some(self.conninfo(side)).filter(|text| !text.is_empty());
        let mut options = MigrationOptions {
            if_exists: if self.get("overwrite").is_empty() { IfExists::Fail } else { IfExists::Overwrite },
            roles: match self.get("roles") {
                "needed" => RolesChoice::Needed,
                "none" => RolesChoice::None,
                _ => RolesChoice::All,
            },
            owner: if self.get("owner") == "target-user" {
                OwnerChoice::TargetUser
            } else {
                OwnerChoice::Keep
            },
            verify: match self.get("verify") {
                "counts" => VerifyLevel::Counts,
                "none" => VerifyLevel::None,
                _ => VerifyLevel::Full,
            },
            ..MigrationOptions::default()
        };
        options.filters.exclude_table = words("exclude_table");
        options.filters.exclude_table_data = words("exclude_table_data");
        let renames = self.renames.iter().filter(|(name, _)| self.databases.contains(*name));
        Ok(RunSpec {
            option: self.option(),
            servers: ServerSpec {
                source: conninfo(Side::Source),
                target: conninfo(Side::Target),
                databases: self.databases.iter().cloned().collect(),
                map_database: renames.map(|(old, new)| format!("{old}={new}")).collect(),
                role_map: self.write_role_map(state_dir)?,
                profile: Some(self.get("profile").to_owned()).filter(|profile| !profile.is_empty()),
                jobs: self.get("jobs").parse().ok(),
                ..ServerSpec::default()
            },
            options,
            judging: JudgingSpec::default(),
            rehearsal: RehearsalSpec {
                rehearse: match self.get("rehearsal") {
                    "yes" => Some(true),
                    "no" => Some(false),
                    _ => None,
                },
                ..RehearsalSpec::default()
            },
            source_type: Some(self.get("source_type").to_owned()).filter(|kind| !kind.is_empty()),
        })
    }

    /// The map of roles as a file of `--role-map`.
    pub(super) fn role_map_text(&self) -> String {
        let table: toml::Table =
            self.role_map.iter().map(|(old, new)| (old.clone(), toml::Value::String(new.clone()))).collect();
        table.to_string()
    }

    fn write_role_map(&self, state_dir: &Path) -> Result<Option<PathBuf>, Error> {
        if self.role_map.is_empty() {
            return Ok(None);
        }
        let folder = state_dir.join("role-maps");
        let failed =
            |source| Error::File { action: "write a map of roles into", path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let mut file = tempfile::Builder::new().suffix(".toml").tempfile_in(&folder).map_err(failed)?;
        file.write_all(self.role_map_text().as_bytes()).map_err(failed)?;
        let (_, path) = file.keep().map_err(|error| failed(error.error))?;
        Ok(Some(path))
    }
}

/// Pairs of fields `NAME` and `NAME_to`, in the order in which they were sent; those without a new name are left out.
fn renamed(form: &OwnForm, name: &str) -> BTreeMap<String, String> {
    let to = format!("{name}_to");
    form.all(name)
        .zip(form.all(&to))
        .map(|(old, new)| (old.to_owned(), new.trim().to_owned()))
        .filter(|(old, new)| !new.is_empty() && new != old)
        .collect()
}
