//! The report as JUnit XML: one suite for the instance and for each database, one case for each rule.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::findings::Status;
use crate::report::model::{JudgmentReport, Report};
use crate::report::plain::safe;

/// The whole report. Failed rules are failures, rules that could not be checked are errors, and what does not apply is
/// skipped; warnings pass, with what they found as output.
pub fn junit(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut junit = Junit::new(format!("pgpassage {}", report.run.name));
    junit.add_test_suite(suite("instance", &report.instance));
    for database in &report.databases {
        junit.add_test_suite(suite(&format!("database {}", safe(&database.name)), &database.judgments));
    }
    junit.to_string()
}

fn suite(name: &str, judgments: &[JudgmentReport]) -> TestSuite {
    let mut suite = TestSuite::new(name);
    for judgment in judgments {
        let open: Vec<String> =
            judgment.findings.iter().filter(|f| f.counts()).map(|f| safe(&f.message)).collect();
        let mut status = match judgment.status {
            Status::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Status::CouldNotCheck => TestCaseStatus::non_success(NonSuccessKind::Error),
            Status::NotApplicable => TestCaseStatus::skipped(),
            Status::Passed | Status::Warning => TestCaseStatus::success(),
        };
        match judgment.status {
            Status::Failed => {
                status.set_message(judgment.title.clone());
                status.set_description(open.join("\n"));
            }
            Status::CouldNotCheck | Status::NotApplicable => {
                status.set_message(safe(judgment.reason.as_deref().unwrap_or_default()));
            }
            Status::Passed | Status::Warning => {}
        }
        let mut case = TestCase::new(judgment.rule.clone(), status);
        case.set_classname(name);
        if judgment.status == Status::Warning {
            case.set_system_out(format!("{}\n{}", judgment.title, open.join("\n")));
        }
        suite.add_test_case(case);
    }
    suite
}
