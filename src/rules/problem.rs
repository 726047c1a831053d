//! What is wrong in a rule file, and where. All problems of all files are collected before anything is shown.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One mistake in one file.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The bytes the mistake spans.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What might be meant.
    pub help: Option<String>,
}

/// A mistake in an expression: where (bytes within it), what, and what might be meant.
#[derive(Debug, Clone)]
pub(crate) struct ExprProblem {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// All mistakes found.
#[derive(Debug, Clone, Default, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            let end = problem.span.end.min(problem.text.len());
            let start = problem.span.start.min(end);
            let snippet = Snippet::source(problem.text.as_str())
                .path(problem.file.as_str())
                .annotation(AnnotationKind::Primary.span(start..end));
            let mut group = Level::ERROR.primary_title(problem.message.as_str()).element(snippet);
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            f.write_str(&renderer.render(&[group]))?;
        }
        Ok(())
    }
}

/// Collects the problems of one file.
#[derive(Debug)]
pub(crate) struct Reporter<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Reporter<'a> {
        Reporter { file, text, problems: Vec::new() }
    }

    pub(crate) fn report(&mut self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            text: self.text.to_owned(),
            span,
            message: message.into(),
            help,
        });
    }

    /// A mistake of TOML itself, or of the file's shape.
    pub(crate) fn report_toml(&mut self, error: &toml::de::Error) {
        self.report(error.span().unwrap_or(0..0), error.message().trim().to_owned(), None);
    }
}

/// "did you mean …?", where a known word is near.
pub(crate) fn did_you_mean<'c>(word: &str, known: impl IntoIterator<Item = &'c str>) -> Option<String> {
    crate::pg::nearest(word, known).map(|near| format!("did you mean `{near}`?"))
}
