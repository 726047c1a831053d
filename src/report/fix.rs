//! All ready SQL of a report as one script for one side. Never executed by this program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::facts::Side;
use crate::findings::Severity;
use crate::pg::conninfo_value;
use crate::report::compare::judgments;
use crate::report::model::{JudgmentReport, Report};
use crate::report::plain::safe;

/// The script for `psql`. Statements stand under the rule and the finding they mend; each is written once. What cannot
/// be said in SQL stands as a comment.
pub fn fix_script(report: &Report, side: Side) -> String {
    let mut text = String::new();
    let name = if side == Side::Source { "source" } else { "target" };
    let comment = |text: &mut String, words: &str| {
        for line in words.lines() {
            // A line break inside would end the comment: whatever follows it would be executed.
            let _ = writeln!(text, "-- {}", safe(line));
        }
    };
    comment(&mut text, &format!("Fixes for the {name}, from run {} of pgpassage.", report.run.name));
    comment(&mut text, "Read every statement before you run it: psql -v ON_ERROR_STOP=1 -f THIS_FILE");
    let mut by_database: BTreeMap<Option<&str>, Vec<&JudgmentReport>> = BTreeMap::new();
    for (database, judgment) in judgments(report) {
        by_database.entry(database).or_default().push(judgment);
    }
    let mut seen = std::collections::BTreeSet::new();
    for (database, mut list) in by_database {
        // What blocks comes first; inside, rules keep the order of their names.
        list.sort_by(|a, b| (a.severity, &a.rule).cmp(&(b.severity, &b.rule)));
        let list: Vec<_> =
            list.into_iter().filter(|j| j.findings.iter().any(|f| f.suppressed.is_none())).collect();
        if list.is_empty() {
            continue;
        }
        let target = report
            .databases
            .iter()
            .find(|d| Some(d.name.as_str()) == database)
            .map(|d| d.target_name.as_str());
        if let Some(database) = if side == Side::Source { database } else { target } {
            let _ = writeln!(text, "\n\\connect -reuse-previous=on {}", connect_name(database));
        }
        for judgment in list {
            let word = match judgment.severity {
                Severity::Error => "blocks",
                Severity::Warning => "warning",
                Severity::Info => "for information",
            };
            text.push('\n');
            comment(&mut text, &format!("{} ({}): {}", judgment.rule, word, judgment.title));
            let mut statements = 0;
            for finding in judgment.findings.iter().filter(|f| f.suppressed.is_none()) {
                let sql =
                    if side == Side::Source { &finding.fix_sql.source } else { &finding.fix_sql.target };
                let fresh: Vec<&String> =
                    sql.iter().filter(|s| seen.insert((database, s.as_str()))).collect();
                if !fresh.is_empty() {
                    comment(&mut text, &finding.message);
                }
                for statement in fresh {
                    statements += 1;
                    let is_setting = statement.trim_start().to_lowercase().starts_with("alter system");
                    match report.parameter_help.as_ref().filter(|_| is_setting && side == Side::Target) {
                        // Nobody may ALTER SYSTEM there: the provider has a command of its own.
                        Some(help) => comment(&mut text, &format!("{statement} Instead: {help}")),
                        None => {
                            let _ = writeln!(text, "{}", statement.trim_end());
                        }
                    }
                }
            }
            if statements == 0
                && let Some(finding) = judgment.findings.iter().find(|f| f.suppressed.is_none())
            {
                comment(&mut text, &format!("By hand: {}", finding.fix.replace('\n', " ").trim()));
            }
        }
    }
    text
}

/// A database name as psql's `\connect` reads it: in double quotes, or as a connection string where that is not enough.
fn connect_name(name: &str) -> String {
    let quoted = conninfo_value(name).replace('"', "\"\"");
    format!("\"dbname={}\"", quoted.replace(['\n', '\r'], " "))
}
