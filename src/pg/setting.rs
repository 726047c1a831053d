//! Values of settings: whether a server that declares a setting in a certain way would accept a stored value.

/// What a server says about a setting, in the words of `pg_settings`.
#[derive(Debug, Clone, Copy)]
pub struct SettingType<'a> {
    /// `bool`, `enum`, `integer`, `real` or `string`.
    pub vartype: &'a str,
    /// The unit of numbers, such as `8kB` or `ms`; empty for none.
    pub unit: &'a str,
    /// The least number; empty where there is none.
    pub min: &'a str,
    /// The greatest number; empty where there is none.
    pub max: &'a str,
    /// The words of an enum, separated by commas.
    pub values: &'a str,
}

/// Units of memory in bytes, and of time in milliseconds.
/// Source: `memory_unit_conversion_table` and `time_unit_conversion_table` in `guc.c`, PostgreSQL 18.
const UNITS: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1024.0),
    ("MB", 1_048_576.0),
    ("GB", 1_073_741_824.0),
    ("TB", 1_099_511_627_776.0),
    ("us", 0.001),
    ("ms", 1.0),
    ("s", 1_000.0),
    ("min", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
];

impl SettingType<'_> {
    /// Whether the value is one that the server accepts. What a text must look like is not known here: any is accepted.
    pub fn accepts(&self, value: &str) -> bool {
        match self.vartype {
            "bool" => is_bool(value),
            "enum" => self.values.split(',').any(|word| word.eq_ignore_ascii_case(value)),
            "integer" => self.in_range(value, f64::round),
            "real" => self.in_range(value, |number| number),
            _ => true,
        }
    }

    fn in_range(&self, value: &str, rounded: impl Fn(f64) -> f64) -> bool {
        let Some(number) = number_in_unit(value, self.unit) else { return false };
        let number = rounded(number);
        let bound = |text: &str, otherwise: f64| text.parse::<f64>().unwrap_or(otherwise);
        (bound(self.min, f64::NEG_INFINITY)..=bound(self.max, f64::INFINITY)).contains(&number)
    }
}

/// Whether a word is a truth value: a beginning of one of the words that is the beginning of no other.
/// Source: `parse_bool_with_len` in `bool.c`.
fn is_bool(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let begins = |word: &str| !value.is_empty() && word.starts_with(&value);
    matches!(value.as_str(), "0" | "1" | "on")
        || ["true", "false", "yes", "no"].into_iter().any(begins)
        || (value.len() >= 2 && begins("off"))
}

/// A number in the unit of its setting, from a text with or without a unit of its own.
fn number_in_unit(value: &str, unit: &str) -> Option<f64> {
    let value = value.trim();
    if let Some(hex) = value.strip_prefix("0x") {
        return i32::from_str_radix(hex, 16).ok().map(f64::from);
    }
    let letter = |c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E');
    let (digits, own) = value.split_at(value.find(letter).unwrap_or(value.len()));
    let number: f64 = digits.trim().parse().ok()?;
    if own.is_empty() {
        return Some(number);
    }
    let factor = |name: &str| UNITS.iter().find(|(known, _)| *known == name).map(|(_, factor)| *factor);
    let (multiple, base) = unit.split_at(unit.find(|c: char| !c.is_ascii_digit())?);
    let multiple = multiple.parse().unwrap_or(1.0);
    Some(number * factor(own)? / (multiple * factor(base)?))
}

#[cfg(test)]
mod tests {
    use super::SettingType;

    fn accepts(vartype: &str, unit: &str, (min, max): (&str, &str), value: &str) -> bool {
        SettingType { vartype, unit, min, max, values: "md5,scram-sha-256" }.accepts(value)
    }

    #[test]
    fn words_are_those_that_the_server_names() {
        let word = |value| accepts("enum", "", ("", ""), value);
        assert!(word("md5") && word("SCRAM-SHA-256"));
        assert!(!word("on") && !word("") && !word("md"));
        let truth = |value| accepts("bool", "", ("", ""), value);
        assert!(truth("on") && truth("OFF") && truth("t") && truth("of") && truth("0") && truth("fals"));
        assert!(!truth("o") && !truth("") && !truth("maybe") && !truth("offf"));
        assert!(accepts("string", "", ("", ""), "anything"));
    }

    #[test]
    fn numbers_lie_within_their_limits_in_any_unit() {
        let memory = |value| accepts("integer", "kB", ("64", "2147483647"), value);
        assert!(
            memory("64")
                && memory("64kB")
                && memory("4MB")
                && memory("1.5GB")
                && memory(" 2TB") == memory("2048GB")
        );
        assert!(!memory("63") && !memory("100B") && !memory("3TB") && !memory("on") && !memory("1ms0"));
        let blocks = |value| accepts("integer", "8kB", ("100", "1073741823"), value);
        assert!(blocks("8MB") && blocks("100") && !blocks("8kB"));
        let time = |value| accepts("real", "ms", ("-1", "100"), value);
        assert!(time("-1") && time("0.5") && time("500us") && time("1e1") && !time("1s") && !time("-2"));
        assert!(
            accepts("integer", "", ("0", "255"), "0xff") && !accepts("integer", "", ("0", "255"), "0x100")
        );
        assert!(!accepts("integer", "", ("0", "255"), "3kB"), "a unit where the setting has none");
        assert!(accepts("real", "", ("0", "1.79769e+308"), "4"));
    }
}
