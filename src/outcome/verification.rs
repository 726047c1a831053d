//! What a verification found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that is not alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The object: `table public.orders`.
    pub subject: String,
    /// What differs: `rows`, `contents`, `owner` …
    pub what: String,
    /// As it is on the source; null when it is not there.
    pub source: Option<String>,
    /// As it is on the target; null when it is not there.
    pub target: Option<String>,
    /// The first rows that differ, by primary key, where the table has one.
    pub rows: Vec<String>,
}

/// Something that could not be compared: never taken as alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unchecked {
    /// The object: `table public.orders`.
    pub subject: String,
    /// Why it could not be compared.
    pub reason: String,
}

/// The verification of a whole run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerificationReport {
    /// Whether everything could be compared and nothing differs, in any database.
    pub passed: bool,
    /// Each database.
    pub databases: Vec<Verification>,
}

/// The comparison of one database with its copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// The database on the source.
    pub database: String,
    /// Its name on the target.
    pub target_name: String,
    /// `counts` or `full`.
    pub level: String,
    /// Whether everything could be compared and nothing differs.
    pub passed: bool,
    /// Properties of objects that were compared.
    pub properties: usize,
    /// Entries of the source's archive that were compared.
    #[serde(default)]
    pub entries: usize,
    /// Tables whose rows were compared.
    pub tables: usize,
    /// Rows in them, on the source.
    pub rows: u64,
    /// Sequences that were compared.
    pub sequences: usize,
    /// Large objects that were compared.
    pub large_objects: usize,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What differs because the target refused it: listed among the deviations, and no difference.
    #[serde(default)]
    pub refused: Vec<Difference>,
    /// What could not be compared.
    #[serde(default)]
    pub could_not_check: Vec<Unchecked>,
    /// What a reader should know, such as writes to the source in the meantime.
    pub notices: Vec<String>,
}

impl Verification {
    /// Sorts what was found, and says whether it is a pass: nothing differs, and nothing is open.
    pub fn settle(&mut self) {
        self.differences.sort_by(|a, b| (&a.subject, &a.what).cmp(&(&b.subject, &b.what)));
        self.could_not_check.sort_by(|a, b| (&a.subject, &a.reason).cmp(&(&b.subject, &b.reason)));
        self.passed = self.differences.is_empty() && self.could_not_check.is_empty();
    }

    /// What came of it, in a few words: `nothing differs`, `2 differences, 1 could not be compared`.
    pub fn summary(&self) -> String {
        let differs = match self.differences.len() {
            0 => "nothing differs".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        };
        match self.could_not_check.len() {
            0 => differs,
            count if self.differences.is_empty() => {
                format!("{count} could not be compared, nothing else differs")
            }
            count => format!("{differs}, {count} could not be compared"),
        }
    }
}

impl VerificationReport {
    /// Whether something differs, which weighs more than what could not be compared.
    pub fn differs(&self) -> bool {
        self.databases.iter().any(|database| !database.differences.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{Unchecked, Verification};

    #[test]
    fn what_could_not_be_compared_is_no_pass() {
        let mut found = Verification::default();
        found.settle();
        assert!(found.passed);
        assert_eq!(found.summary(), "nothing differs");
        found.could_not_check.push(Unchecked { subject: "view v".into(), reason: "no rights".into() });
        found.settle();
        assert!(!found.passed);
        assert_eq!(found.summary(), "1 could not be compared, nothing else differs");
    }
}
