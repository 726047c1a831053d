//! Recordings of real servers, judged without servers: every rule comes to an answer, and finds what is remembered.
//! `tests/live/recorded.rs` makes them and compares them with the servers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pgpassage::collect::apply_profile;
use pgpassage::evaluate::evaluate;
use pgpassage::facts::read_recording;
use pgpassage::findings::{Outcome, Severity};
use pgpassage::rules::{RuleSet, builtin_files, load};

/// What is found in a recording, a line for each rule, worst first; and the rules that came to no answer.
fn judged(rules: &RuleSet, path: &Path) -> Result<(String, Vec<String>), Box<dyn std::error::Error>> {
    let (mut facts, profile) = read_recording(&fs::read_to_string(path)?, &rules.shapes())?;
    apply_profile(rules, &profile, None, &mut facts);
    let (mut found, mut open) = (Vec::new(), Vec::new());
    for judgment in evaluate(rules, &facts) {
        let rule = &rules.rules[judgment.rule];
        match judgment.outcome {
            Outcome::Violated(findings) => {
                let subjects: Vec<String> = findings.into_iter().map(|finding| finding.subject).collect();
                let status = if rule.severity == Severity::Error { "failed" } else { "warning" };
                found.push(format!("{status} {}: {}", rule.id, subjects.join(", ")));
            }
            Outcome::Errored(why) => open.push(format!("{}: {why}", rule.id)),
            Outcome::Passed | Outcome::Skipped(_) => {}
        }
    }
    found.retain(|line| !line.contains("versions/source-end-of-life"));
    found.sort();
    let mut text = String::new();
    for line in found {
        writeln!(text, "{line}")?;
    }
    Ok((text, open))
}

fn recording_holds(path: &Path) -> datatest_stable::Result<()> {
    let rules = load(&builtin_files()).map_err(|problems| problems.to_string())?;
    let (found, open) = judged(&rules, path)?;
    if !open.is_empty() {
        return Err(format!("rules without an answer: {open:#?}").into());
    }
    let remembered = fs::read_to_string(path.with_extension("findings"))?;
    if found != remembered {
        return Err(format!("found:\n{found}\nremembered:\n{remembered}").into());
    }
    Ok(())
}

datatest_stable::harness! {
    { test = recording_holds, root = "tests/facts", pattern = r"^(?!messy).*\.json$" },
}
