//! The report as SARIF 2.1.0, for code scanning and other readers of findings.
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::{BTreeMap, BTreeSet};

use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString, Notification,
    PhysicalLocation, ReportingConfiguration, ReportingDescriptor, Result as SarifResult, ResultLevel, Run,
    Sarif, Suppression, Tool, ToolComponent,
};

use crate::findings::{Finding, Severity, Status};
use crate::report::compare::judgments;
use crate::report::model::{JudgmentReport, Report};
use crate::report::plain::safe_lines;

/// The whole report as a log with one run.
pub fn sarif(report: &Report) -> Result<String, serde_json::Error> {
    let new: Option<BTreeSet<&str>> =
        report.baseline.as_ref().map(|b| b.new.iter().map(|line| line.fingerprint.as_str()).collect());
    let mut rules: BTreeMap<&str, ReportingDescriptor> = BTreeMap::new();
    let mut results = Vec::new();
    let mut open = Vec::new();
    for (database, judgment) in judgments(report) {
        rules.entry(&judgment.rule).or_insert_with(|| descriptor(judgment));
        if judgment.status == Status::CouldNotCheck {
            let reason = judgment.reason.as_deref().unwrap_or_default();
            let text = format!("{} could not be checked: {reason}", judgment.rule);
            open.push(
                Notification::builder().message(message(&text)).level(serde_json::json!("error")).build(),
            );
        }
        for finding in &judgment.findings {
            results.push(result(report, database, judgment, finding, new.as_ref()));
        }
    }
    let driver = ToolComponent::builder()
        .name(report.tool.name.clone())
        .version(report.tool.version.clone())
        .rules(rules.into_values().collect::<Vec<_>>())
        .build();
    let invocation = Invocation::builder()
        // What could not be checked is told as such: the run was not a whole one.
        .execution_successful(open.is_empty())
        .tool_execution_notifications(open)
        .start_time_utc(report.run.started_at.clone())
        .end_time_utc(report.run.ended_at.clone())
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .invocations(vec![invocation])
        .results(results)
        .build();
    let log = Sarif::builder()
        .version(serde_json::json!("2.1.0"))
        .schema("https://json.schemastore.org/sarif-2.1.0.json".to_owned())
        .runs(vec![run])
        .build();
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

/// A plain text. In one, `[text](target)` would be a link; a space between the two keeps it from being one.
/// Source: SARIF 2.1.0, 3.11.6 "Messages with embedded links".
fn message(text: &str) -> Message {
    Message::builder().text(safe_lines(text).replace("](", "] (")).build()
}

fn descriptor(judgment: &JudgmentReport) -> ReportingDescriptor {
    let text = |text: &str| MultiformatMessageString::builder().text(text.to_owned()).build();
    ReportingDescriptor::builder()
        .id(judgment.rule.clone())
        .name(judgment.rule.replace('/', "-"))
        .short_description(text(&judgment.title))
        .full_description(text(judgment.why.trim()))
        .default_configuration(ReportingConfiguration::builder().level(level_text(judgment.severity)).build())
        .build()
}

fn level_text(severity: Severity) -> serde_json::Value {
    serde_json::json!(match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    })
}

fn result(
    report: &Report,
    database: Option<&str>,
    judgment: &JudgmentReport,
    finding: &Finding,
    new: Option<&BTreeSet<&str>>,
) -> SarifResult {
    let level = match judgment.severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Info => ResultLevel::Note,
    };
    let host = report.source.as_ref().map(|s| format!("{}:{}", s.host, s.port)).unwrap_or_default();
    let name = match database {
        Some(database) => format!("{host}/{database}/{}", finding.subject),
        None => format!("{host}/{}", finding.subject),
    };
    let logical = LogicalLocation::builder().name(finding.subject.clone()).fully_qualified_name(name).build();
    // Readers that only know files need a path: the rule's page stands for it.
    let artifact = ArtifactLocation::builder().uri(judgment.docs.clone()).build();
    let location = Location::builder()
        .logical_locations(vec![logical])
        .physical_location(PhysicalLocation::builder().artifact_location(artifact).build())
        .build();
    let mut result = SarifResult::builder()
        .rule_id(judgment.rule.clone())
        .level(level)
        .message(message(&format!("{}\n{}", finding.message, finding.fix.trim())))
        .locations(vec![location])
        .partial_fingerprints(BTreeMap::from([("pgpassage/v1".to_owned(), finding.fingerprint.clone())]))
        .build();
    if let Some(accepted) = &finding.suppressed {
        let suppression = Suppression::builder()
            .kind(serde_json::json!("external"))
            .justification(accepted.reason.clone())
            .build();
        result.suppressions = Some(vec![suppression]);
    }
    result.baseline_state = new.map(|new| {
        let is_new = new.contains(finding.fingerprint.as_str());
        serde_json::json!(if is_new { "new" } else { "unchanged" })
    });
    result
}
