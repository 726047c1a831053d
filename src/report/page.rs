//! The page of a rule, in Markdown, and the index of all pages.

use std::fmt::Write as _;

use askama::Template;

use crate::rules::{Expected, Rule, RuleSet};

#[derive(Template)]
#[template(path = "rule.md", escape = "none")]
struct Page<'r> {
    rule: &'r Rule,
    scope: String,
    reads: Vec<String>,
    examples: Vec<(String, String)>,
}

/// The page of one rule.
pub fn rule_page(rule: &Rule) -> Result<String, askama::Error> {
    let reads = rule.reads.iter().map(|(root, name)| format!("`{root}.{name}`")).collect();
    let examples = rule.cases.iter().map(|case| (case.name.clone(), expected_text(&case.expected))).collect();
    let scope = match rule.scope {
        crate::rules::Scope::Instance => "instance",
        crate::rules::Scope::Database => "database",
    };
    let asked_with = rule.asked_with.as_ref().map(|option| format!(", with `{option}`"));
    let scope = format!("{scope}{}", asked_with.unwrap_or_default());
    Page { rule, scope, reads, examples }.render().map(|text| text.trim_end().to_owned() + "\n")
}

fn expected_text(expected: &Expected) -> String {
    match expected {
        Expected::Violations(subjects) if subjects.is_empty() => "passes".to_owned(),
        Expected::Violations(subjects) => {
            let subjects: Vec<String> = subjects.iter().map(|s| format!("`{s}`")).collect();
            format!("reports {}", subjects.join(", "))
        }
        Expected::Skipped => "does not apply".to_owned(),
        Expected::CouldNotCheck => "could not be checked".to_owned(),
    }
}

/// The list of all rules, by area.
pub fn index_page(rules: &RuleSet) -> String {
    let mut text = String::from(
        "# Rules\n\nGenerated from the rule files; `pgpassage rules explain ID` prints the same pages.\n",
    );
    let mut area = "";
    for rule in &rules.rules {
        if rule.area() != area {
            area = rule.area();
            let _ = write!(text, "\n## {area}\n\n| rule | severity | finds |\n| --- | --- | --- |\n");
        }
        let _ =
            writeln!(text, "| [{}]({}.md) | {} | {} |", rule.id, rule.id, rule.severity.name(), rule.title);
    }
    text
}
