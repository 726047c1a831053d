//! Every setting of every session: one table, with the reason for each.
//!
//! A setting of a database or a role changes what statements mean and what values look like. What is in the table is set
//! in our sessions whatever was stored for them; what is not in it is left as the server has it, as `pg_dump` and
//! `pg_restore` do. The table is the same as theirs or stricter (`setup_connection` in `src/bin/pg_dump/pg_dump.c`,
//! `_doSetFixedOutputState` in `src/bin/pg_dump/pg_backup_archiver.c`, PostgreSQL 18).
//!
//! With `search_path` empty, names and operators without a schema are looked for in `pg_catalog` alone (and tables and
//! types in the session's own temporary schema, which only we could fill). So it is set before everything else, by
//! [`FIRST_STATEMENTS`]. The packet that starts a session holds only what acts before any statement: a value from there
//! counts as the session's default, and hides from `pg_settings.reset_val` what server, database and role say.

use crate::pg::literal;

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Questions to the catalog, by validation.
    Probe,
    /// Reading rows to copy or to compare them.
    Read,
    /// Creating objects on the target and loading rows.
    Load,
    /// The session of `pg_dump`, which sets what is not here by itself.
    Dump,
}

use Purpose::{Dump, Load, Probe, Read};

/// What it means that the server does not let us change a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// Any role may change it.
    Never,
    /// The work goes on, and says itself what fails for it.
    Tolerated,
    /// Nothing is done: results would be others.
    Fatal,
}

use Refused::{Fatal, Never, Tolerated};

/// A setting with the value that sessions have. One that the server does not know is not set.
struct Setting {
    name: &'static str,
    value: &'static str,
    sessions: &'static [Purpose],
    refused: Refused,
}

const fn setting(name: &'static str, value: &'static str, sessions: &'static [Purpose]) -> Setting {
    Setting { name, value, sessions, refused: Never }
}

const ALL: &[Purpose] = &[Probe, Read, Load, Dump];
const OURS: &[Purpose] = &[Probe, Read, Load];
const READING: &[Purpose] = &[Probe, Read];
const COPYING: &[Purpose] = &[Read, Load];

/// How long a session that reads waits for a lock, and how long `pg_dump` does.
pub(crate) const LOCK_WAIT_MS: &str = "300000";

const SETTINGS: &[Setting] = &[
    // What statements and literals mean. Statements of an archive are written for these values.
    setting("standard_conforming_strings", "on", ALL),
    setting("backslash_quote", "safe_encoding", ALL),
    setting("escape_string_warning", "off", ALL),
    setting("array_nulls", "on", ALL),
    setting("transform_null_equals", "off", ALL),
    setting("xmloption", "content", ALL),
    setting("client_encoding", "UTF8", OURS),
    // How values and definitions are written: so that nothing is lost, and alike on both sides.
    setting("datestyle", "ISO, YMD", READING),
    // The order of day and month stays the target's: a check may turn text into a date, and rows in ISO do not care.
    setting("datestyle", "ISO", &[Load]),
    setting("intervalstyle", "postgres", OURS),
    setting("extra_float_digits", "3", OURS),
    setting("bytea_output", "hex", ALL),
    setting("xmlbinary", "base64", ALL),
    setting("lc_monetary", "C", ALL),
    setting("lc_numeric", "C", ALL),
    setting("timezone", "UTC", READING),
    setting("quote_all_identifiers", "off", ALL),
    // What is seen. A policy that would hide rows is an error instead.
    setting("row_security", "off", COPYING),
    setting("gin_fuzzy_search_limit", "0", ALL),
    setting("synchronize_seqscans", "off", READING),
    // Planning evaluates no check constraint of a user.
    setting("constraint_exclusion", "off", READING),
    // The class of CVE-2024-7348: a table that becomes a view while we are about to read it runs nothing.
    setting("restrict_nonsystem_relation_kind", "view, foreign-table", READING),
    // Transactions are what their statements say.
    setting("default_transaction_isolation", "read committed", ALL),
    setting("default_transaction_deferrable", "off", ALL),
    setting("default_transaction_read_only", "on", READING),
    setting("default_transaction_read_only", "off", &[Load]),
    setting("exit_on_error", "off", ALL),
    // Limits that would end a copy in its middle. Probes get limits of their own.
    setting("statement_timeout", "0", COPYING),
    setting("lock_timeout", LOCK_WAIT_MS, &[Read]),
    setting("lock_timeout", "0", &[Load]),
    setting("idle_in_transaction_session_timeout", "0", OURS),
    setting("idle_session_timeout", "0", OURS),
    setting("transaction_timeout", "0", OURS),
    Setting { name: "temp_file_limit", value: "-1", sessions: COPYING, refused: Tolerated },
    // Where and how objects are created: as their statements say, never as somebody's session would.
    setting("default_tablespace", "", &[Load]),
    setting("temp_tablespaces", "", &[Load]),
    setting("default_table_access_method", "heap", &[Load]),
    setting("default_with_oids", "off", &[Load]),
    setting("check_function_bodies", "off", &[Load]),
    setting("createrole_self_grant", "", &[Load]),
    // A crash of the target means to start again anyway.
    setting("synchronous_commit", "off", &[Load]),
    Setting { name: "session_replication_role", value: "origin", sessions: OURS, refused: Fatal },
    // Notices are nobody's business, and somebody could send them for ever.
    setting("client_min_messages", "warning", OURS),
    // Planning costs more than the probe itself.
    setting("jit", "off", &[Probe]),
    // A trigger on login or DDL is somebody's code: `start_options` has it earlier, for that of the login itself.
    Setting { name: "event_triggers", value: "off", sessions: READING, refused: Tolerated },
];

/// What every session runs first: neither looks up a name, and the second has no time limit any more.
pub(crate) const FIRST_STATEMENTS: &str = "set statement_timeout = 0; set search_path = ''";

/// The settings of the packet that starts a session, as far as the other side lets them through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartOptions {
    /// No event trigger: for a superuser of PostgreSQL 17 and later.
    WithoutEventTriggers,
    /// Nothing of ours, except in the session of `pg_dump`.
    Plain,
    /// Only what the user named: there is a pooler that lets nothing through.
    None,
}

impl StartOptions {
    /// The value of the keyword `options`: those of the user, then ours, which win.
    pub(crate) fn text(self, own: Option<&str>) -> Option<String> {
        match (self, own) {
            (Self::WithoutEventTriggers, Some(own)) => Some(format!("{own} -c event_triggers=off")),
            (Self::WithoutEventTriggers, None) => Some("-c event_triggers=off".to_owned()),
            (Self::Plain | Self::None, own) => own.map(str::to_owned),
        }
    }

    /// The same for `pg_dump`, whose first statements are not ours, with what it does not set by itself.
    pub(crate) fn dump_text(self, own: Option<&str>) -> Option<String> {
        let own = self.text(own);
        if self == Self::None {
            return own;
        }
        let mut options: Vec<String> = own.into_iter().collect();
        options.push("-c search_path= -c statement_timeout=0".to_owned());
        for setting in SETTINGS.iter().filter(|setting| setting.sessions.contains(&Dump)) {
            // A blank would end the option.
            options.push(format!("-c {}={}", setting.name, setting.value.replace(' ', "\\ ")));
        }
        Some(options.join(" "))
    }

    /// What to try next when the other side has refused a start with these options, and with these words.
    pub(crate) fn after_refusal(self, message: &str) -> Option<StartOptions> {
        match self {
            Self::None => None,
            _ if message.contains("startup parameter") || message.contains("command-line options") => {
                Some(Self::None)
            }
            Self::WithoutEventTriggers if message.contains("event_triggers") => Some(Self::Plain),
            _ => None,
        }
    }
}

/// The statement that sets everything of a kind of session, and some more. It returns a row for each setting that only a
/// superuser may change and that has another value: its name, and the value it has.
pub(crate) fn statement(purpose: Purpose, more: &[(&str, &str)]) -> String {
    let fixed = SETTINGS
        .iter()
        .filter(|setting| setting.sessions.contains(&purpose))
        .map(|setting| (setting.name, setting.value, setting.refused));
    let more = more.iter().map(|(name, value)| (*name, *value, Never));
    let values: Vec<String> = fixed
        .chain(more)
        .map(|(name, value, refused)| {
            format!("({}, {}, {})", literal(name), literal(value), refused == Never)
        })
        .collect();
    format!(
        "select s.name, pg_catalog.current_setting(s.name), \
                case when s.free then pg_catalog.set_config(s.name, s.value, false) end \
           from (values {}) s (name, value, free) \
          where pg_catalog.current_setting(s.name, true) is not null",
        values.join(", ")
    )
}

/// The value that a setting of a kind of session is to have, and whether nothing may be done without it.
pub(crate) fn wanted(purpose: Purpose, name: &str) -> Option<(&'static str, bool)> {
    SETTINGS
        .iter()
        .find(|setting| setting.name == name && setting.sessions.contains(&purpose))
        .map(|setting| (setting.value, setting.refused == Fatal))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ALL, SETTINGS, StartOptions};

    #[test]
    fn a_setting_has_one_value_in_a_session() {
        for purpose in ALL {
            let mut names = BTreeSet::new();
            for setting in SETTINGS.iter().filter(|setting| setting.sessions.contains(purpose)) {
                assert!(names.insert(setting.name), "{} twice in {purpose:?}", setting.name);
            }
        }
    }

    #[test]
    fn our_options_come_after_those_of_the_user_and_give_way_to_a_pooler() {
        let first = StartOptions::WithoutEventTriggers;
        assert_eq!(first.text(Some("-c role=x")).as_deref(), Some("-c role=x -c event_triggers=off"));
        assert_eq!(StartOptions::Plain.text(None), None);
        let unknown = "unrecognized configuration parameter \"event_triggers\"";
        assert_eq!(first.after_refusal(unknown), Some(StartOptions::Plain));
        let pooler = "unsupported startup parameter: options";
        assert_eq!(StartOptions::Plain.after_refusal(pooler), Some(StartOptions::None));
        assert_eq!(StartOptions::Plain.after_refusal("password authentication failed"), None);
        assert_eq!(StartOptions::None.dump_text(None), None);
        let dump = StartOptions::Plain.dump_text(Some("-c role=x")).unwrap();
        assert!(dump.starts_with("-c role=x -c search_path= -c statement_timeout=0 "), "{dump}");
        assert!(dump.contains(" -c standard_conforming_strings=on"), "{dump}");
        assert!(dump.contains(" -c default_transaction_isolation=read\\ committed"), "{dump}");
    }
}
