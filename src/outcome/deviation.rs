//! What is different on the target from what it is on the source, said one by one: nothing is left out in silence.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why something deviates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviationKind {
    /// The target refused it.
    Refused,
    /// It was left out: as asked for, or because it could not work on the target.
    LeftOut,
    /// It is on the target, and not as it is on the source.
    Changed,
    /// A right that was granted for the time of the migration could not be revoked.
    Remains,
    /// Nothing deviates, but someone should know.
    #[default]
    Note,
    /// A word of a newer program.
    #[serde(other)]
    Unknown,
}

/// One thing that deviates. Object and reason make a sentence together: `index public.broken` and
/// `is invalid on the source and was left out`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Deviation {
    /// Why it deviates.
    pub kind: DeviationKind,
    /// What it is about: `index public.broken`.
    pub object: String,
    /// What became of it, and why: the rest of a sentence that begins with the object.
    pub reason: String,
    /// The statement that brings it about on the target, where there is one.
    pub sql: Option<String>,
    /// Who can run that statement, where the user of the migration cannot.
    pub who: Option<String>,
}

impl Deviation {
    /// One of a kind.
    pub fn new(kind: DeviationKind, object: impl Into<String>, reason: impl Into<String>) -> Deviation {
        Deviation { kind, object: object.into(), reason: reason.into(), sql: None, who: None }
    }

    /// Something that was left out, and why.
    pub fn left_out(object: impl Into<String>, why: impl fmt::Display) -> Deviation {
        Deviation::new(DeviationKind::LeftOut, object, format!("was left out: {why}"))
    }

    /// Something that is otherwise than on the source.
    pub fn changed(object: impl Into<String>, reason: impl Into<String>) -> Deviation {
        Deviation::new(DeviationKind::Changed, object, reason)
    }

    /// The statement that brings it about, and who can run it.
    #[must_use]
    pub fn with_sql(self, sql: impl Into<String>, who: impl Into<String>) -> Deviation {
        Deviation { sql: Some(sql.into()), who: Some(who.into()), ..self }
    }
}

/// Object and reason, as a sentence.
impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.object.is_empty() {
            return f.write_str(&self.reason);
        }
        write!(f, "{} {}", self.object, self.reason)
    }
}

/// A deviation as it is written; the first versions wrote the sentence alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Sentence(String),
    Parts {
        #[serde(default)]
        kind: DeviationKind,
        object: String,
        reason: String,
        #[serde(default)]
        sql: Option<String>,
        #[serde(default)]
        who: Option<String>,
    },
}

impl From<Written> for Deviation {
    fn from(written: Written) -> Deviation {
        match written {
            Written::Sentence(reason) => Deviation { reason, ..Deviation::default() },
            Written::Parts { kind, object, reason, sql, who } => Deviation { kind, object, reason, sql, who },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deviation, DeviationKind};

    #[test]
    fn what_earlier_versions_wrote_is_read() {
        let old: Deviation = serde_json::from_str("\"table a was left out: excluded by `a`\"").unwrap();
        let new = Deviation::left_out("table a", "excluded by `a`").with_sql("create table a ()", "owner");
        assert_eq!(old.to_string(), new.to_string());
        let text = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<Deviation>(&text).unwrap(), new);
        let newer = text.replace("left_out", "postponed");
        assert_eq!(serde_json::from_str::<Deviation>(&newer).unwrap().kind, DeviationKind::Unknown);
    }
}
