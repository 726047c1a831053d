//! Every rule of the program: its cases give what they say, each rule a test of its own.

use std::path::Path;

use pgpassage::evaluate::judge;
use pgpassage::rules::{CaseResult, RuleSet, builtin_files, load, run_case};

fn rule_set() -> Result<RuleSet, String> {
    load(&builtin_files()).map_err(|problems| problems.to_string())
}

fn cases_hold(path: &Path) -> datatest_stable::Result<()> {
    let rules = rule_set()?;
    let id = path.strip_prefix("rules")?.with_extension("");
    let id = id.to_string_lossy();
    let rule = rules.rule(&id).ok_or_else(|| format!("{id} is no rule of the program"))?;
    for case in &rule.cases {
        if let CaseResult::Differs(how) = run_case(rule, case, judge) {
            return Err(format!("case \"{}\": {how}", case.name).into());
        }
    }
    Ok(())
}

datatest_stable::harness! {
    { test = cases_hold, root = "rules", pattern = r"^(?!probes/|profiles/).*\.toml$" },
}
