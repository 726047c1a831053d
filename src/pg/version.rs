//! The version of a server, as `server_version_num` gives it.

use std::fmt;

/// A PostgreSQL server version, compared by number.
///
/// From 10 on the number is `major * 10000 + minor`; before that it was `first * 10000 + second * 100 + minor`,
/// and a major version had two parts (9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(pub i64);

impl ServerVersion {
    /// From a major version as people write it: `17`, `9.6`.
    pub fn from_major(text: &str) -> Option<ServerVersion> {
        match text.split_once('.') {
            None => text
                .parse::<i64>()
                .ok()
                .filter(|major| (10..1000).contains(major))
                .map(|major| Self(major * 10_000)),
            Some((first, second)) => {
                let (first, second): (i64, i64) = (first.parse().ok()?, second.parse().ok()?);
                ((1..10).contains(&first) && (0..100).contains(&second))
                    .then_some(Self(first * 10_000 + second * 100))
            }
        }
    }

    /// The number without the minor version: 160004 gives 160000, 90624 gives 90600.
    pub fn major_num(self) -> i64 {
        if self.0 >= 100_000 { self.0 / 10_000 * 10_000 } else { self.0 / 100 * 100 }
    }

    /// The major version as people write it.
    pub fn major(self) -> String {
        if self.0 >= 100_000 {
            (self.0 / 10_000).to_string()
        } else {
            format!("{}.{}", self.0 / 10_000, self.0 / 100 % 100)
        }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 100_000 {
            write!(f, "{}.{}", self.0 / 10_000, self.0 % 10_000)
        } else {
            write!(f, "{}.{}", self.major(), self.0 % 100)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServerVersion;

    #[test]
    fn both_numbering_schemes_are_understood() {
        assert_eq!(ServerVersion(160_004).to_string(), "16.4");
        assert_eq!(ServerVersion(90_624).to_string(), "9.6.24");
        assert_eq!(ServerVersion::from_major("9.6"), Some(ServerVersion(90_600)));
        assert_eq!(ServerVersion::from_major("18").map(ServerVersion::major_num), Some(180_000));
        assert_eq!(ServerVersion::from_major("banana"), None);
    }
}
