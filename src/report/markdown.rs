//! The report as Markdown, for tickets and pull requests.

use std::fmt::Write as _;

use crate::report::by_rule::{ByRule, Part, by_rule, open_reasons};
use crate::report::headline::{counts_text, headline};
use crate::report::model::{AfterStep, Report};
use crate::report::plain::{markdown_safe, safe};
use crate::report::steps::{after_steps, by_who, steps};
use crate::report::words::number_of;

/// Findings of one rule that are listed before the rest is only counted.
const FINDINGS_SHOWN: usize = 50;

/// The whole report.
pub fn markdown(report: &Report) -> String {
    let headline = headline(report);
    let mut text = format!("# {}\n\n", markdown_safe(&headline.text));
    let counts = counts_text(report);
    if !counts.is_empty() {
        let _ = writeln!(text, "{counts}\n");
    }
    for (sentence, command) in &headline.next {
        let _ = writeln!(text, "- {}", markdown_safe(sentence));
        if let Some(command) = command {
            let _ = writeln!(text, "  `{}`", safe(command).replace('`', "'"));
        }
    }
    for (label, endpoint) in [("Source", &report.source), ("Target", &report.target)] {
        let shown = endpoint.as_ref().map_or_else(
            || "none".to_owned(),
            |e| {
                let version = e
                    .version
                    .as_ref()
                    .map_or_else(|| "not reached".to_owned(), |v| format!("PostgreSQL {v}"));
                format!("{}, port {}, user {}: {version}", e.host, e.port, e.user)
            },
        );
        let _ = writeln!(text, "- {label}: {}", markdown_safe(&shown));
    }
    let _ = writeln!(
        text,
        "- Profile: {}\n- Run: {}, {}",
        markdown_safe(&report.profile),
        markdown_safe(&report.run.name),
        report.run.started_at
    );
    for notice in &report.notices {
        let _ = writeln!(text, "- {}", markdown_safe(notice));
    }
    for (title, steps) in steps(report) {
        let _ = writeln!(text, "\n## {title}\n");
        let by_who = by_who(&steps);
        if !by_who.is_empty() {
            let _ = writeln!(text, "{by_who}\n");
        }
        for step in steps {
            let by = if step.by().is_empty() { String::new() } else { format!("{}, ", step.by()) };
            let (action, places) = (markdown_safe(&step.action), markdown_safe(&step.places()));
            let about = markdown_safe(&step.about());
            let _ = writeln!(text, "- [ ] {action} ({by}{places}: {about}) `{}`", step.rule);
        }
    }
    let after = after_steps(report);
    if !after.is_empty() {
        text.push_str("\n## Then\n\n");
    }
    for AfterStep { step, link } in after {
        let link = link.as_ref().map(|link| format!(" <{link}>")).unwrap_or_default();
        let _ = writeln!(text, "- [ ] {}{link}", markdown_safe(step));
    }
    let rules = by_rule(report);
    for (part, title) in [(Part::Failed, "Failed"), (Part::Warning, "Warnings"), (Part::Note, "Notes")] {
        let list: Vec<_> = rules.iter().filter(|rule| rule.part == part).collect();
        if !list.is_empty() {
            let _ = writeln!(text, "\n## {title}");
            for of in list {
                rule(&mut text, of);
            }
        }
    }
    let open = open_reasons(report);
    if !open.is_empty() {
        text.push_str("\n## Could not be checked\n\n");
    }
    for open in open {
        let checks = number_of(open.checks, "check");
        let rules: Vec<String> = open.rules.iter().map(|id| format!("`{id}`")).collect();
        let _ = writeln!(text, "- {checks}: {} ({})", markdown_safe(open.reason), rules.join(", "));
    }
    for database in report.databases.iter().filter_map(|d| d.migration.as_ref()) {
        let rows: u64 = database.tables.iter().map(|t| t.rows).sum();
        let _ = writeln!(
            text,
            "\n## Migration of {}\n\n{}: {} tables, {rows} rows in {:.1} s",
            markdown_safe(&database.name),
            database.state,
            database.tables.len(),
            database.seconds
        );
        for line in database.error.iter().chain(&database.left_on_target).chain(&database.deviations) {
            let _ = writeln!(text, "- {}", markdown_safe(line));
        }
    }
    if let Some(verification) = &report.verification {
        let _ = writeln!(
            text,
            "\n## Verification\n\n{}",
            match (verification.differs(), verification.passed) {
                (true, _) => "It found differences.",
                (false, true) => "Nothing differs.",
                (false, false) => "Not everything could be compared; nothing else differs.",
            }
        );
        for unchecked in verification.databases.iter().flat_map(|d| &d.could_not_check) {
            let _ = writeln!(
                text,
                "- {}: could not be compared: {}",
                markdown_safe(&unchecked.subject),
                markdown_safe(&unchecked.reason)
            );
        }
        for difference in verification.databases.iter().flat_map(|d| &d.differences) {
            let _ = writeln!(
                text,
                "- {}: {}",
                markdown_safe(&difference.subject),
                markdown_safe(&difference.what)
            );
        }
    }
    text
}

fn rule(text: &mut String, of: &ByRule<'_>) {
    let _ = writeln!(text, "\n### {}\n\n`{}` ({})\n", of.rule.title, of.rule.rule, of.rule.severity.name());
    let open: Vec<_> = of.open().collect();
    for (database, finding) in open.iter().take(FINDINGS_SHOWN) {
        let place = database.map(|name| format!("{}: ", markdown_safe(name))).unwrap_or_default();
        let _ = writeln!(text, "- {place}{}", markdown_safe(&finding.message));
    }
    if open.len() > FINDINGS_SHOWN {
        let _ = writeln!(text, "- … and {} more", open.len() - FINDINGS_SHOWN);
    }
    if let Some((_, finding)) = open.first() {
        let _ = writeln!(text, "\n{}", markdown_safe(finding.fix.trim()));
    }
}
