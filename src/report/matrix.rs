//! Severity by area and database: a picture in a table, each cell coloured by the worst that was found there.

use std::collections::BTreeMap;

use crate::findings::Verdict;
use crate::report::by_rule::Part;
use crate::report::compare::judgments;
use crate::report::model::Report;
use crate::report::words::{bytes_of, number_of};

/// What was found, by database and area.
pub(crate) struct Matrix {
    /// The areas in which something was found, in the order of their names.
    pub(crate) areas: Vec<String>,
    /// The server first, then the databases.
    pub(crate) lines: Vec<MatrixLine>,
}

/// The server, or one database.
pub(crate) struct MatrixLine {
    pub(crate) name: String,
    /// The verdict of a database; the server alone has none.
    pub(crate) verdict: Option<Verdict>,
    /// The size of a database on the source; empty where it is not known.
    pub(crate) size: String,
    pub(crate) bytes: i64,
    /// One for each area.
    pub(crate) cells: Vec<MatrixCell>,
}

/// What was found of one area in one place.
#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct MatrixCell {
    /// The number of findings or open checks with a sign of the worst; empty where nothing was found.
    pub(crate) text: String,
    pub(crate) class: &'static str,
    /// The same in words.
    pub(crate) words: String,
}

/// The parts that a cell counts, with sign and word.
const PARTS: [(Part, &str, &str, &str); 4] = [
    (Part::Failed, "×", "failed", "blocking finding"),
    (Part::CouldNotCheck, "?", "open", "open check"),
    (Part::Warning, "!", "warning", "warning"),
    (Part::Note, "", "note", "note"),
];

type Counts = BTreeMap<Part, usize>;

/// Of a report.
pub(crate) fn matrix(report: &Report) -> Matrix {
    let mut found: BTreeMap<(Option<&str>, &str), Counts> = BTreeMap::new();
    let mut areas: Vec<String> = Vec::new();
    for (database, judgment) in judgments(report) {
        let part = Part::of(judgment);
        let count = match part {
            Part::CouldNotCheck => 1,
            Part::Failed | Part::Warning | Part::Note => {
                judgment.findings.iter().filter(|f| f.counts()).count()
            }
            Part::Passed | Part::NotApplicable => continue,
        };
        let area = judgment.rule.split('/').next().unwrap_or_default();
        *found.entry((database, area)).or_default().entry(part).or_default() += count;
        areas.push(area.to_owned());
    }
    areas.sort_unstable();
    areas.dedup();
    let line = |name: Option<&str>| -> Vec<MatrixCell> {
        areas
            .iter()
            .map(|area| found.get(&(name, area.as_str())).map_or_else(MatrixCell::default, cell))
            .collect()
    };
    let server = MatrixLine {
        name: "the servers".to_owned(),
        verdict: None,
        size: String::new(),
        bytes: 0,
        cells: line(None),
    };
    let databases = report.databases.iter().map(|d| MatrixLine {
        name: if d.name == d.target_name {
            d.name.clone()
        } else {
            format!("{} (as {})", d.name, d.target_name)
        },
        verdict: Some(d.verdict),
        size: d.bytes.map(bytes_of).unwrap_or_default(),
        bytes: d.bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or_default(),
        cells: line(Some(&d.name)),
    });
    Matrix { lines: std::iter::once(server).chain(databases).collect(), areas }
}

fn cell(counts: &Counts) -> MatrixCell {
    let there = PARTS.iter().filter_map(|(part, sign, class, word)| {
        let count = counts.get(part).copied().filter(|count| *count > 0)?;
        Some((count, *sign, *class, number_of(count, word)))
    });
    let there: Vec<_> = there.collect();
    let Some((count, sign, class, _)) = there.first() else { return MatrixCell::default() };
    MatrixCell {
        text: format!("{count}{}{sign}", if sign.is_empty() { "" } else { "\u{a0}" }),
        class,
        words: there.iter().map(|(_, _, _, words)| words.as_str()).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, MatrixCell, cell};
    use crate::report::by_rule::Part;

    #[test]
    fn a_cell_shows_the_worst_and_tells_all() {
        let counts: Counts = [(Part::Warning, 5), (Part::Failed, 2), (Part::Note, 0)].into_iter().collect();
        let expected = MatrixCell {
            text: "2\u{a0}×".to_owned(),
            class: "failed",
            words: "2 blocking findings, 5 warnings".to_owned(),
        };
        assert_eq!(cell(&counts), expected);
        assert_eq!(cell(&Counts::new()), MatrixCell::default());
    }
}
