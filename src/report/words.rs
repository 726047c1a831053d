//! Numbers in words, for people.

use crate::pg::bytes_text;

/// `1 object`, `2 objects`. `word` forms its plural with an s.
pub(crate) fn number_of(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// A size in bytes, for people.
pub(crate) fn bytes_of(bytes: u64) -> String {
    bytes_text(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// A duration: `3.2 s`, `18 min`, `2 h 05 min`.
pub(crate) fn duration_text(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a duration for people")]
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration_text, number_of};

    #[test]
    fn numbers_read_like_a_sentence() {
        assert_eq!((number_of(1, "object"), number_of(0, "object")), ("1 object".into(), "0 objects".into()));
        let texts = [3.21, 65.0, 7500.0].map(duration_text);
        assert_eq!(texts, ["3.2 s", "1 min 05 s", "2 h 05 min"]);
    }
}
