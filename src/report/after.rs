//! Everything that a migration left out, as one script for those who may run it. Never executed by this program.

use std::collections::BTreeMap;

use crate::outcome::DeviationKind;
use crate::report::fix::{STRINGS, comment, in_database};
use crate::report::migration::DeviationReport;
use crate::report::model::Report;

/// The script for `psql`. Statements stand in the order in which the migration would have run them, each under its reason
/// and who can run it; roles come first.
pub fn after_script(report: &Report) -> String {
    let mut text = String::new();
    comment(&mut text, &format!("What run {} of pgpassage left out on the target.", report.run.name));
    comment(
        &mut text,
        "Read every statement, and run it in this order as somebody who may: psql -X -f THIS_FILE",
    );
    text.push_str("\\set ON_ERROR_STOP off\n");
    text.push_str(STRINGS);
    let mut by_database: BTreeMap<Option<&str>, Vec<&DeviationReport>> = BTreeMap::new();
    for deviation in &report.deviations {
        if deviation.sql.is_some() && deviation.kind != DeviationKind::Note {
            by_database.entry(deviation.database.as_deref()).or_default().push(deviation);
        }
    }
    for (database, deviations) in by_database {
        let mut statements = String::new();
        for deviation in deviations {
            statements.push('\n');
            comment(&mut statements, &format!("{} {}", deviation.object, deviation.reason));
            if let Some(who) = &deviation.who {
                comment(&mut statements, &format!("who: {who}"));
            }
            let sql = deviation.sql.as_deref().unwrap_or_default().trim();
            statements.push_str(sql);
            statements.push_str(if sql.ends_with(';') { "\n" } else { ";\n" });
        }
        let target = report.databases.iter().find(|d| Some(d.name.as_str()) == database);
        match target {
            Some(target) => in_database(&mut text, &target.target_name, &statements),
            None => text.push_str(&statements),
        }
    }
    text
}
