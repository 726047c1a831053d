//! The properties file of a migration: the JSON body that users of Azure's migration service already have, with its
//! spellings, and two keys of our own.

use std::path::{Path, PathBuf};

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use schemars::JsonSchema;

use crate::config::environment::Environment;
use crate::config::text::{WRITTEN_BYTES_MAX, read_text};
use crate::pg::{Secret, SslMode, conninfo_value, nearest};

/// What a properties file says. What it leaves out is left to the flags, and to their defaults.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    /// The source as a connection string, if it is named.
    pub source: Option<String>,
    /// The target as a connection string, if it is named.
    pub target: Option<String>,
    /// The user of the target, for a target that is named elsewhere.
    pub target_user: Option<String>,
    /// The password of the source.
    pub source_password: Option<Secret>,
    /// The password of the target.
    pub target_password: Option<Secret>,
    /// The least that TLS has to be on both connections, wherever the servers are named.
    pub sslmode: Option<SslMode>,
    /// The databases.
    pub databases: Vec<String>,
    /// Whether databases of the target are replaced.
    pub overwrite: Option<bool>,
    /// `Validate`, `Migrate` or `ValidateAndMigrate`.
    pub option: Option<String>,
    /// What kind of server the source is.
    pub source_type: Option<String>,
    /// Whether roles are carried.
    pub migrate_roles: Option<bool>,
    /// What was read and means nothing here, one sentence each.
    pub notices: Vec<String>,
}

/// Why a properties file cannot be used: everything that is wrong with it, with line and column.
#[derive(Debug, thiserror::Error)]
#[error("use the properties in {}:\n{}", path.display(), problems.join("\n"))]
pub struct PropertiesError {
    path: PathBuf,
    problems: Vec<String>,
}

/// The body as the schema for editors describes it. Reading is done by hand, since keys are compared without regard to
/// case and every mistake is told with its place.
#[derive(JsonSchema)]
#[schemars(title = "pgpassage migration properties", rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct Body {
    /// What is migrated from where to where.
    properties: BodyProperties,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct BodyProperties {
    /// The source: `host:port@user`.
    source_db_server_resource_id: Option<String>,
    /// The host to connect to instead of the one in the resource id.
    source_db_server_fully_qualified_domain_name: Option<String>,
    /// The source as a libpq connection string, instead of the resource id.
    source_connection: Option<String>,
    /// The target: `host:port@user`.
    target_db_server_resource_id: Option<String>,
    /// The host to connect to instead of the one in the resource id.
    target_db_server_fully_qualified_domain_name: Option<String>,
    /// The target as a libpq connection string, instead of the resource id.
    target_connection: Option<String>,
    /// The user of the source.
    source_server_user_name: Option<String>,
    /// The user of the target.
    target_server_user_name: Option<String>,
    /// Passwords and users.
    secret_parameters: Option<BodySecrets>,
    /// The databases.
    dbs_to_migrate: Option<Vec<String>>,
    /// `true`, `false`, or one of them as a text: whether databases of the target are replaced.
    overwrite_dbs_in_target: Option<serde_json::Value>,
    /// `Offline`.
    migration_mode: Option<String>,
    /// `Validate`, `Migrate` or `ValidateAndMigrate`.
    migration_option: Option<String>,
    /// What kind of server the source is, such as `OnPremises` or `AWS_RDS`.
    source_type: Option<String>,
    /// `Prefer`, `Require`, `VerifyCA` or `VerifyFull`.
    ssl_mode: Option<String>,
    /// Whether roles are carried.
    migrate_roles: Option<serde_json::Value>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct BodySecrets {
    /// The passwords.
    admin_credentials: Option<BodyCredentials>,
    /// The user of the source.
    source_server_username: Option<String>,
    /// The user of the target.
    target_server_username: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct BodyCredentials {
    /// The password of the source: itself, `env:NAME`, or `file:PATH`.
    source_server_password: Option<String>,
    /// The password of the target: itself, `env:NAME`, or `file:PATH`.
    target_server_password: Option<String>,
}

/// The JSON Schema of a properties file.
pub fn properties_schema() -> serde_json::Value {
    schemars::schema_for!(Body).to_value()
}

/// Keys at the level of `properties`; they are compared without regard to case.
const KEYS: &[&str] = &[
    "sourceDbServerResourceId",
    "sourceDbServerFullyQualifiedDomainName",
    "sourceConnection",
    "targetDbServerResourceId",
    "targetDbServerFullyQualifiedDomainName",
    "targetConnection",
    "sourceServerUserName",
    "targetServerUserName",
    "secretParameters",
    "dbsToMigrate",
    "overwriteDbsInTarget",
    "migrationMode",
    "migrationOption",
    "sourceType",
    "sslMode",
    "migrateRoles",
];

/// What kinds of source the service knows.
/// Source: `SourceType` in <https://learn.microsoft.com/rest/api/postgresql/migrations/get>, version 2025-08-01.
const SOURCE_TYPES: &[&str] = &[
    "OnPremises",
    "AWS",
    "GCP",
    "AzureVM",
    "PostgreSQLSingleServer",
    "PostgreSQLFlexibleServer",
    "PostgreSQLCosmosDB",
    "AWS_RDS",
    "AWS_AURORA",
    "AWS_EC2",
    "GCP_CloudSQL",
    "GCP_AlloyDB",
    "GCP_Compute",
    "EDB",
    "EDB_Oracle_Server",
    "EDB_PostgreSQL",
    "Huawei_RDS",
    "Huawei_Compute",
    "Heroku_PostgreSQL",
    "Crunchy_PostgreSQL",
    "ApsaraDB_RDS",
    "Digital_Ocean_Droplets",
    "Digital_Ocean_PostgreSQL",
    "Supabase_PostgreSQL",
];

/// Keys that the service knows and that mean nothing here, with the reason.
const WITHOUT_MEANING: &[(&str, &str)] = &[
    ("setuplogicalreplicationonsourcedbifneeded", "offline migrations need no logical replication"),
    ("migrationruntimeresourceid", "the migration runs where this program runs"),
    ("migrationinstanceresourceid", "the migration runs where this program runs"),
    ("startdatamigration", "the migration starts at once"),
    ("migrationwindowstarttimeinutc", "the migration starts at once"),
    ("migrationwindowendtimeinutc", "the migration starts at once"),
];

/// Keys that ask for what an offline migration does not do.
const ONLINE: &[&str] =
    &["triggercutover", "dbstotriggercutoveron", "dbstotiggercutoveron", "cancel", "dbstocancelmigrationon"];

/// Databases of one migration. Every rule is judged for each, beside the list of all: far beyond what a server has, a
/// list is a mistake.
const DATABASES_MAX: usize = 2000;

/// Reads a properties file.
pub fn read_properties(path: &Path, env: &Environment) -> Result<Properties, PropertiesError> {
    let wrong = |problem: String| PropertiesError { path: path.to_owned(), problems: vec![problem] };
    let text = read_text(path, WRITTEN_BYTES_MAX).map_err(|error| wrong(error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = Reader { text, env, problems: Vec::new(), found: Properties::default() };
    reader.read();
    if reader.problems.is_empty() {
        Ok(reader.found)
    } else {
        Err(PropertiesError { path: path.to_owned(), problems: reader.problems })
    }
}

/// `host:port@user`, in parts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Address {
    host: Option<String>,
    port: Option<String>,
    user: Option<String>,
}

struct Reader<'a> {
    text: &'a str,
    env: &'a Environment,
    problems: Vec<String>,
    found: Properties,
}

impl<'a> Reader<'a> {
    fn wrong(&mut self, at: &impl Ranged, problem: impl std::fmt::Display) {
        let before = &self.text[..at.start().min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        self.problems.push(format!("  line {line}, column {column}: {problem}"));
    }

    fn read(&mut self) {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
        let text = self.text;
        let value = match parse_to_ast(text, &collect, &strict) {
            Ok(parsed) => parsed.value,
            Err(error) => return self.wrong(&error.range(), format!("this is not JSON: {}", error.kind())),
        };
        let Some(Value::Object(top)) = value else {
            return self.problems.push("  expected an object: {\"properties\": {…}}".to_owned());
        };
        let mut body = None;
        for property in &top.properties {
            match (property.name.as_str().to_lowercase().as_str(), &property.value) {
                ("properties", Value::Object(object)) => body = Some(object),
                ("properties", other) => self.wrong(other, "expected an object"),
                // What an exported resource has beside its properties.
                ("location" | "tags" | "id" | "name" | "type" | "systemdata", _) => {}
                (key, _) => self.unknown(&property.range, property.name.as_str(), key, &["properties"]),
            }
        }
        let Some(body) = body else {
            return self.problems.push("  the key `properties` is missing".to_owned());
        };
        self.body(body);
    }

    fn unknown(&mut self, at: &impl Ranged, written: &str, key: &str, known: &[&str]) {
        let lower: Vec<String> = known.iter().map(|word| word.to_lowercase()).collect();
        let near = nearest(key, lower.iter().map(String::as_str));
        let word = known.iter().find(|word| Some(word.to_lowercase().as_str()) == near);
        let hint = word.map(|word| format!(", did you mean `{word}`?")).unwrap_or_default();
        self.wrong(at, format!("there is no key `{written}`{hint}"));
    }

    fn body(&mut self, body: &Object<'a>) {
        let mut source = Address::default();
        let mut target = Address::default();
        let mut seen: Vec<String> = Vec::new();
        for property in &body.properties {
            let key = property.name.as_str().to_lowercase();
            if seen.contains(&key) {
                self.wrong(&property.range, format!("the key `{}` is there twice", property.name.as_str()));
            }
            let value = &property.value;
            match key.as_str() {
                "sourcedbserverresourceid" => self.address(value, &mut source),
                "targetdbserverresourceid" => self.address(value, &mut target),
                "sourcedbserverfullyqualifieddomainname" => source.host = self.text(value).or(source.host),
                "targetdbserverfullyqualifieddomainname" => target.host = self.text(value).or(target.host),
                "sourceconnection" => self.found.source = self.text(value),
                "targetconnection" => self.found.target = self.text(value),
                "sourceserverusername" => source.user = self.text(value),
                "targetserverusername" => target.user = self.text(value),
                "secretparameters" => self.secrets(value, &mut source, &mut target),
                "dbstomigrate" => self.databases(value),
                "overwritedbsintarget" => self.found.overwrite = self.truth(value),
                "migrateroles" => self.found.migrate_roles = self.truth(value),
                "migrationmode" => self.mode(value),
                "migrationoption" => {
                    self.found.option = self.one_of(value, &["Validate", "Migrate", "ValidateAndMigrate"]).map(str::to_owned);
                }
                "sourcetype" => {
                    self.found.source_type = self.one_of(value, SOURCE_TYPES).map(str::to_owned);
                }
                "sslmode" => {
                    self.found.sslmode =
                        self.one_of(value, &["Prefer", "Require", "VerifyCA", "VerifyFull"]).map(|mode| match mode {
                            "Require" => SslMode::Require,
                            "VerifyCA" => SslMode::VerifyCa,
                            "VerifyFull" => SslMode::VerifyFull,
                            _ => SslMode::Prefer,
                        });
                }
                other if ONLINE.contains(&other) => self.wrong(
                    &property.range,
                    format!("`{}` belongs to online migrations or to a running one, not to a body that creates one", property.name.as_str()),
                ),
                other => match WITHOUT_MEANING.iter().find(|(key, _)| *key == other) {
                    Some((_, why)) => self.found.notices.push(format!("`{}` is not used: {why}", property.name.as_str())),
                    None => self.unknown(&property.range, property.name.as_str(), other, KEYS),
                },
            }
            seen.push(key);
        }
        for (side, connection, address) in [
            ("source", self.found.source.is_some(), &source),
            ("target", self.found.target.is_some(), &target),
        ] {
            if connection && *address != Address::default() {
                self.problems.push(format!(
                    "  the {side} is named twice: by {side}Connection, and by {side}DbServerResourceId or a user name"
                ));
            }
        }
        if self.found.source.is_none() && source.host.is_some() {
            self.found.source = Some(source.conninfo());
        }
        if self.found.target.is_none() && target.host.is_some() {
            self.found.target = Some(target.conninfo());
        }
        self.found.target_user = target.user;
    }

    fn text(&mut self, value: &Value<'a>) -> Option<String> {
        match value {
            Value::StringLit(text) => Some(text.value.to_string()),
            Value::NullKeyword(_) => None,
            other => {
                self.wrong(other, "expected a text");
                None
            }
        }
    }

    fn truth(&mut self, value: &Value<'a>) -> Option<bool> {
        match value {
            Value::BooleanLit(truth) => Some(truth.value),
            Value::StringLit(text) if text.value.eq_ignore_ascii_case("true") => Some(true),
            Value::StringLit(text) if text.value.eq_ignore_ascii_case("false") => Some(false),
            other => {
                self.wrong(other, "expected true or false");
                None
            }
        }
    }

    fn one_of(&mut self, value: &Value<'a>, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(value)?;
        let found = words.iter().copied().find(|word| word.eq_ignore_ascii_case(&text));
        if found.is_none() {
            self.wrong(value, format!("expected one of {}", words.join(", ")));
        }
        found
    }

    fn mode(&mut self, value: &Value<'a>) {
        if let Some("Online") = self.one_of(value, &["Offline", "Online"]) {
            self.wrong(
                value,
                "online migrations are not done: changes to the source after the snapshot would have to be replayed, and \
                 a copy that may lack some of them cannot be proved to be complete",
            );
        }
    }

    fn databases(&mut self, value: &Value<'a>) {
        let Value::Array(list) = value else { return self.wrong(value, "expected a list of database names") };
        if list.elements.len() > DATABASES_MAX {
            let problem = format!("more than {DATABASES_MAX} databases are named: use several migrations");
            return self.wrong(value, problem);
        }
        for element in &list.elements {
            let Some(name) = self.text(element) else { continue };
            if name.is_empty() {
                self.wrong(element, "a database name is empty");
            } else if self.found.databases.contains(&name) {
                self.wrong(element, format!("database `{name}` is named twice"));
            } else {
                self.found.databases.push(name);
            }
        }
        if list.elements.is_empty() {
            self.wrong(value, "no database is named");
        }
    }

    fn secrets(&mut self, value: &Value<'a>, source: &mut Address, target: &mut Address) {
        let Value::Object(object) = value else { return self.wrong(value, "expected an object") };
        for property in &object.properties {
            match (property.name.as_str().to_lowercase().as_str(), &property.value) {
                ("admincredentials", Value::Object(credentials)) => {
                    for property in &credentials.properties {
                        match property.name.as_str().to_lowercase().as_str() {
                            "sourceserverpassword" => {
                                self.found.source_password = self.password(&property.value);
                            }
                            "targetserverpassword" => {
                                self.found.target_password = self.password(&property.value);
                            }
                            key => {
                                let known = ["sourceServerPassword", "targetServerPassword"];
                                self.unknown(&property.range, property.name.as_str(), key, &known);
                            }
                        }
                    }
                }
                ("admincredentials", other) => self.wrong(other, "expected an object"),
                ("sourceserverusername", value) => source.user = self.text(value).or(source.user.take()),
                ("targetserverusername", value) => target.user = self.text(value).or(target.user.take()),
                (key, _) => {
                    let known = ["adminCredentials", "sourceServerUserName", "targetServerUserName"];
                    self.unknown(&property.range, property.name.as_str(), key, &known);
                }
            }
        }
    }

    /// A password: itself, or where it is. No message holds any part of it.
    fn password(&mut self, value: &Value<'a>) -> Option<Secret> {
        let text = self.text(value)?;
        if let Some(name) = text.strip_prefix("env:") {
            let found = self.env.get(name).map(Secret::new);
            if found.is_none() {
                self.wrong(value, format!("the environment has no variable {name}"));
            }
            return found;
        }
        if let Some(path) = text.strip_prefix("file:") {
            return match read_text(Path::new(path), WRITTEN_BYTES_MAX) {
                Ok(text) => Some(Secret::new(text.trim_end_matches(['\n', '\r']))),
                Err(error) => {
                    self.wrong(value, format!("read the password file {path}: {error}"));
                    None
                }
            };
        }
        Some(Secret::new(text))
    }

    /// `host:port@user`; what an ARM resource id means cannot be known here.
    fn address(&mut self, value: &Value<'a>, address: &mut Address) {
        let Some(text) = self.text(value) else { return };
        if text.starts_with("/subscriptions/") {
            return self.wrong(
                value,
                "an Azure resource id does not say where the server is: write host:port@user, for example \
                 myserver.postgres.database.azure.com:5432@admin",
            );
        }
        // No host has an @, and a user name may.
        let (server, user) = match text.split_once('@') {
            Some((server, user)) => (server, Some(user)),
            None => (text.as_str(), None),
        };
        // An IPv6 address stands in brackets when a port follows.
        let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => match server.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (server, None),
            },
        };
        let good_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0));
        if host.is_empty() || !good_port || user.is_some_and(str::is_empty) {
            return self.wrong(value, "expected host:port@user");
        }
        address.host.get_or_insert_with(|| host.to_owned());
        address.port = port.map(str::to_owned);
        if let Some(user) = user {
            address.user.get_or_insert_with(|| user.to_owned());
        }
    }
}

impl Address {
    fn conninfo(&self) -> String {
        let parts = [("host", &self.host), ("port", &self.port), ("user", &self.user)];
        let pairs = parts.iter().filter_map(|(key, value)| {
            value.as_ref().map(|value| format!("{key}={}", conninfo_value(value)))
        });
        pairs.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Properties, read_properties};
    use crate::config::Environment;

    fn read(text: &str) -> Result<Properties, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.json");
        std::fs::write(&path, text).unwrap();
        let env = Environment::default().with("SECRET_OF_TARGET", "t0ps3cret");
        read_properties(&path, &env)
            .map_err(|e| e.to_string().replace(&path.display().to_string(), "body.json"))
    }

    #[test]
    fn a_body_of_the_service_is_read_in_all_its_spellings() {
        let found = read(
            r#"{"Properties": {"SourceDBServerResourceId": "db.example.com:5433@admin@corp", "SourceType": "OnPremises", "SslMode": "require",
                "secretParameters": {"adminCredentials": {"SourceServerPassword": "p", "targetServerPassword": "env:SECRET_OF_TARGET"},
                                     "targetServerUserName": "boss"},
                "targetDbServerResourceId": "[::1]:5434", "dBsToMigrate": ["a", "b"], "OverwriteDBsInTarget": "True",
                "setupLogicalReplicationOnSourceDBIfNeeded": "false", "MigrationMode": "offline", "migrationOption": "validateandmigrate"}}"#,
        )
        .unwrap();
        assert_eq!(found.source.as_deref(), Some("host='db.example.com' port='5433' user='admin@corp'"));
        assert_eq!(found.target.as_deref(), Some("host='::1' port='5434' user='boss'"));
        assert_eq!(found.sslmode, Some(crate::pg::SslMode::Require));
        assert_eq!(found.target_password.map(|p| p.expose().to_owned()).as_deref(), Some("t0ps3cret"));
        assert_eq!((found.overwrite, found.option.as_deref()), (Some(true), Some("ValidateAndMigrate")));
        assert_eq!(found.databases, ["a", "b"]);
        assert_eq!(found.notices.len(), 1);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_with_its_place() {
        let error = read(
            "{\"properties\": {\n  \"sourceDbServerResourceIdd\": \"x\",\n  \"overwriteDbsInTarget\": \"maybe\",\n  \
             \"migrationMode\": \"Online\",\n  \"dbsToMigrate\": [\"a\", \"a\", 3],\n  \"sourceType\": \"OnPremise\",\n  \
             \"secretParameters\": {\"adminCredentials\": {\"sourceServerPassword\": \"env:NOT_THERE\"}}}}",
        )
        .unwrap_err();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines[0], "use the properties in body.json:");
        assert_eq!(
            lines[1],
            "  line 2, column 3: there is no key `sourceDbServerResourceIdd`, did you mean `sourceDbServerResourceId`?"
        );
        assert!(lines[2].starts_with("  line 3, column 27: expected true or false"), "{}", lines[2]);
        assert!(lines[3].starts_with("  line 4, column 20: online migrations are not done"), "{}", lines[3]);
        assert!(lines[4].starts_with("  line 5, column 25: database `a` is named twice"), "{}", lines[4]);
        assert!(lines[5].starts_with("  line 5, column 30: expected a text"), "{}", lines[5]);
        assert!(lines[6].starts_with("  line 6, column 17: expected one of OnPremises, AWS"), "{}", lines[6]);
        assert!(lines[7].contains("the environment has no variable NOT_THERE"), "{}", lines[7]);
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place_and_without_its_contents() {
        let error = read("{\"properties\": {\"secretParameters\": {\"adminCredentials\": {\"sourceServerPassword\": \"hush\"").unwrap_err();
        assert!(
            error.contains("line 1, column") && error.contains("not JSON") && !error.contains("hush"),
            "{error}"
        );
    }
}
