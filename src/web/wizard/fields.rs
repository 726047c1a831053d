//! The tabs and their fields as data.

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Kept in memory and never shown again.
    Password,
    Check,
    /// Value and words of each choice; the first is the default.
    Choice(&'static [(&'static str, &'static str)]),
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// Unique over all tabs.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    pub(super) help: &'static str,
}

impl Field {
    pub(super) fn is_password(&self) -> bool {
        self.kind == Kind::Password
    }
    pub(super) fn is_check(&self) -> bool {
        self.kind == Kind::Check
    }
    pub(super) fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::Choice(_))
    }
}

/// One tab.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) fields: &'static [Field],
}

const fn text(name: &'static str, label: &'static str, is_required: bool, help: &'static str) -> Field {
    Field { name, label, kind: Kind::Text, is_required, help }
}

const fn check(name: &'static str, label: &'static str, help: &'static str) -> Field {
    Field { name, label, kind: Kind::Check, is_required: false, help }
}

const fn choice(
    name: &'static str,
    label: &'static str,
    choices: &'static [(&'static str, &'static str)],
    help: &'static str,
) -> Field {
    Field { name, label, kind: Kind::Choice(choices), is_required: false, help }
}

const fn password(name: &'static str, label: &'static str) -> Field {
    let help = "Kept in memory until the run starts, and handed to it through a pipe. Empty: from ~/.pgpass, or none is needed.";
    Field { name, label, kind: Kind::Password, is_required: false, help }
}

const SSL_MODES: &[(&str, &str)] = &[
    ("prefer", "prefer: encrypted where the server offers it; nothing is checked"),
    ("require", "require: encrypted; the certificate is not checked"),
    ("verify-ca", "verify-ca: encrypted; the certificate is checked"),
    ("verify-full", "verify-full: encrypted; certificate and host name are checked"),
    ("disable", "disable: not encrypted"),
];
const SSL_HELP: &str =
    "Over a network choose verify-full: less does not keep others from reading or changing the data.";
const HOST_HELP: &str = "A host name, an address, or the folder of a socket.";
const ROOT_HELP: &str = "The file with the authority's certificate on this machine, for verify-ca and verify-full; `system` for those of the system.";

/// The tabs, in order.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        id: "setup",
        title: "Setup",
        about: "What is to be done, and under which name it is found again.",
        fields: &[
            text(
                "name",
                "Migration name",
                true,
                "Letters, digits and hyphens; it does not start with a hyphen.",
            ),
            choice(
                "source_type",
                "Source server type",
                &[
                    ("OnPremises", "On-premises"),
                    ("AzureVM", "Virtual machine"),
                    ("AWS_RDS", "Amazon RDS"),
                    ("AWS_AURORA", "Amazon Aurora"),
                    ("GCP_CloudSQL", "Google Cloud SQL"),
                    ("GCP_AlloyDB", "Google AlloyDB"),
                    ("Other", "Another"),
                ],
                "Only for you to tell runs apart.",
            ),
            choice(
                "option",
                "Migration option",
                &[
                    ("Validate", "Validate: find what would fail; nothing is written on either server"),
                    (
                        "ValidateAndMigrate",
                        "Validate and migrate: migrate only if nothing fails, then verify",
                    ),
                    ("Migrate", "Migrate: without validation, then verify"),
                ],
                "Validate first, as often as you like.",
            ),
            choice(
                "mode",
                "Migration mode",
                &[("Offline", "Offline: applications are stopped, one consistent copy is made")],
                "",
            ),
        ],
    },
    Section {
        id: "source",
        title: "Connect to source",
        about: "The server the data is on. It is only read.",
        fields: &[
            text("source_host", "Host", true, HOST_HELP),
            text("source_port", "Port", false, "5432 if empty."),
            text("source_user", "User", true, "Must be able to read every table that is migrated."),
            password("source_password", "Password"),
            text("source_dbname", "Database to connect to", false, "postgres if empty."),
            choice("source_sslmode", "SSL mode", SSL_MODES, SSL_HELP),
            text("source_sslrootcert", "Root certificate", false, ROOT_HELP),
        ],
    },
    Section {
        id: "target",
        title: "Connect to target",
        about: "The server the data goes to. Leave the host empty to validate against a kind of target that does not exist yet.",
        fields: &[
            text("target_host", "Host", false, HOST_HELP),
            text("target_port", "Port", false, "5432 if empty."),
            text("target_user", "User", false, "Creates the databases and what is in them."),
            password("target_password", "Password"),
            text("target_dbname", "Database to connect to", false, "postgres if empty."),
            choice("target_sslmode", "SSL mode", SSL_MODES, SSL_HELP),
            text("target_sslrootcert", "Root certificate", false, ROOT_HELP),
            choice(
                "profile",
                "Kind of target",
                &[
                    ("", "found out from the target"),
                    ("postgresql", "PostgreSQL"),
                    ("azure-flexible-server", "Azure Database for PostgreSQL, flexible server"),
                    ("aws-rds", "Amazon RDS"),
                    ("aws-aurora", "Amazon Aurora"),
                    ("gcp-cloudsql", "Google Cloud SQL"),
                    ("gcp-alloydb", "Google AlloyDB"),
                ],
                "",
            ),
        ],
    },
    Section {
        id: "databases",
        title: "Select databases",
        about: "Those of the source that are to be migrated, and new names for them where wanted.",
        fields: &[],
    },
    Section {
        id: "roles",
        title: "Roles",
        about: "Which roles are created on the target, and which get another name there.",
        fields: &[
            choice(
                "roles",
                "Create roles",
                &[
                    ("all", "all that are missing on the target"),
                    ("needed", "those that the databases need"),
                    ("none", "none"),
                ],
                "",
            ),
            choice(
                "owner",
                "Owners",
                &[
                    ("keep", "objects belong to whom they belong on the source"),
                    ("target-user", "everything belongs to the user of the target"),
                ],
                "",
            ),
        ],
    },
    Section {
        id: "options",
        title: "Options",
        about: "What else can be said; the defaults are good.",
        fields: &[
            check(
                "overwrite",
                "Overwrite databases on the target",
                "A database of the same name is dropped there, once the source was read and judged. Without it, such a database is refused.",
            ),
            text(
                "exclude_table",
                "Leave out tables",
                false,
                "Patterns of pg_dump, separated by spaces, such as audit.* public.tmp_*",
            ),
            text(
                "exclude_table_data",
                "Leave out rows of tables",
                false,
                "Patterns of pg_dump, separated by spaces.",
            ),
            choice(
                "rehearsal",
                "Rehearsal",
                &[("", "before a migration"), ("yes", "yes"), ("no", "no")],
                "The schema is tried first in a throw-away database of the target, which is dropped again: every statement that would fail is named.",
            ),
            choice(
                "verify",
                "Verification",
                &[
                    ("full", "full: objects, numbers of rows, contents"),
                    ("counts", "counts: objects and numbers of rows"),
                    ("none", "none"),
                ],
                "",
            ),
            text("jobs", "Connections per server", false, "Chosen from both servers' limits if empty."),
        ],
    },
    Section { id: "summary", title: "Summary", about: "What will be done.", fields: &[] },
];
