//! All ready SQL of a report as one script for one side. Never executed by this program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::facts::Side;
use crate::findings::Severity;
use crate::pg::{conninfo_value, ident, visible_literal};
use crate::report::compare::judgments;
use crate::report::model::{JudgmentReport, Report};
use crate::report::plain::safe;

/// Words of statements that cannot be taken back: what they remove is gone.
const DESTRUCTIVE: &[&str] =
    &["drop", "truncate", "delete", "rollback", "pg_drop_replication_slot", "lo_unlink"];

/// The script for `psql`. Statements stand under the rule and the finding they fix; each is written once. What cannot
/// be said in SQL stands as a comment, and so does what destroys something. The whole script may be run, and run again:
/// a statement whose effect is there already fails alone, and a database that does not exist yet is passed over.
pub fn fix_script(report: &Report, side: Side) -> String {
    let mut text = String::new();
    let name = if side == Side::Source { "source" } else { "target" };
    comment(&mut text, &format!("Fixes for the {name}, from run {} of pgpassage.", report.run.name));
    comment(&mut text, "Read every statement, then run: psql -X -f THIS_FILE");
    comment(&mut text, "It may be run again: a statement whose effect is there already fails alone.");
    text.push_str("\\set ON_ERROR_STOP off\n");
    text.push_str(STRINGS);
    let mut by_database: BTreeMap<Option<&str>, Vec<&JudgmentReport>> = BTreeMap::new();
    for (database, judgment) in judgments(report) {
        by_database.entry(database).or_default().push(judgment);
    }
    for (database, mut list) in by_database {
        // What blocks comes first; inside, rules keep the order of their names.
        list.sort_by(|a, b| (a.severity, &a.rule).cmp(&(b.severity, &b.rule)));
        list.retain(|judgment| judgment.findings.iter().any(crate::findings::Finding::counts));
        if list.is_empty() {
            continue;
        }
        let target = report
            .databases
            .iter()
            .find(|d| Some(d.name.as_str()) == database)
            .map(|d| d.target_name.as_str());
        let mut fixes = String::new();
        let mut seen = BTreeSet::new();
        for judgment in list {
            fixes_of(&mut fixes, judgment, report, side, &mut seen);
        }
        match if side == Side::Source { database } else { target } {
            Some(database) => in_database(&mut text, database, &fixes),
            None => text.push_str(&fixes),
        }
    }
    text
}

/// Names with escapes are only read right under this setting, which a database or a user may have turned off.
pub(super) const STRINGS: &str = "set standard_conforming_strings = on;\n";

pub(super) fn comment(text: &mut String, words: &str) {
    for line in words.lines() {
        // A line break inside would end the comment: whatever follows it would be executed.
        let _ = writeln!(text, "-- {}", safe(line));
    }
}

/// Puts statements behind a connection to their database, where that exists. A command of psql ends with its line, so
/// the name, which may hold line breaks, travels in a variable: psql takes its value as it is, but for double quotes.
pub(crate) fn in_database(text: &mut String, database: &str, fixes: &str) {
    let conninfo = visible_literal(&ident(&format!("dbname={}", conninfo_value(database))));
    let name = visible_literal(database);
    text.push('\n');
    comment(text, &format!("Database {database}"));
    let _ = write!(
        text,
        "select pg_catalog.count(*) operator(pg_catalog.>) 0 as pgpassage_exists, {conninfo} as pgpassage_database \
           from pg_catalog.pg_database where datname operator(pg_catalog.=) {name} \\gset\n\
         \\if :pgpassage_exists\n\
         \\connect -reuse-previous=on :pgpassage_database\n\
         {STRINGS}{fixes}\
         \\else\n\
         \\echo 'A database is not there yet, its statements were passed over: run this script again when it is.'\n\
         \\endif\n"
    );
}

/// Writes the statements of one judgment that were not written before.
fn fixes_of<'r>(
    text: &mut String,
    judgment: &'r JudgmentReport,
    report: &Report,
    side: Side,
    seen: &mut BTreeSet<&'r str>,
) {
    let word = match judgment.severity {
        Severity::Error => "blocks",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    text.push('\n');
    comment(text, &format!("{} ({}): {}", judgment.rule, word, judgment.title));
    let mut has_statement = false;
    for finding in judgment.findings.iter().filter(|f| f.counts()) {
        let sql = if side == Side::Source { &finding.fix_sql.source } else { &finding.fix_sql.target };
        has_statement |= !sql.is_empty();
        let fresh: Vec<&str> = sql.iter().map(String::as_str).filter(|s| seen.insert(s)).collect();
        if !fresh.is_empty() {
            comment(text, &finding.message);
        }
        for statement in fresh {
            statement_line(text, statement, report, side);
        }
    }
    if !has_statement && let Some(finding) = judgment.findings.iter().find(|f| f.counts()) {
        comment(text, &format!("By hand: {}", finding.fix.replace('\n', " ").trim()));
    }
}

fn statement_line(text: &mut String, statement: &str, report: &Report, side: Side) {
    let statement = statement.trim();
    let lower = statement.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '_');
    if lower.starts_with("alter system")
        && side == Side::Target
        && let Some(help) = &report.parameter_help
    {
        // Nobody may ALTER SYSTEM there: the provider has a command of its own.
        comment(text, &format!("{statement} Instead: {help}"));
    } else if words.any(|word| DESTRUCTIVE.contains(&word)) {
        comment(text, "What this removes is gone; remove the dashes when that is what you want:");
        comment(text, statement);
    } else {
        let end = if statement.ends_with(';') { "" } else { ";" };
        let _ = writeln!(text, "{statement}{end}");
    }
}
