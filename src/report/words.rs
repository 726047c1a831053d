//! Numbers in words, for people.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::outcome::Verification;
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

/// What a comparison looked at.
pub(crate) fn compared_text(v: &Verification) -> String {
    format!(
        "compared {} properties of objects, {} with {} rows, {}, {}",
        v.properties,
        number_of(v.tables, "table"),
        v.rows,
        number_of(v.sequences, "sequence"),
        number_of(v.large_objects, "large object")
    )
}

/// A time in the zone of whoever reads it, with UTC beside: `2026-11-25 18:03:09 (17:03:09 UTC)`. `offset_minutes` is how far
/// that zone is ahead of UTC; without it there is UTC alone. A text that is no time stays as it is.
pub(crate) fn time_text(rfc3339: &str, offset_minutes: Option<i32>) -> String {
    let Ok(at) = OffsetDateTime::parse(rfc3339, &Rfc3339) else { return rfc3339.to_owned() };
    let utc = at.to_offset(UtcOffset::UTC);
    let zone =
        offset_minutes.and_then(|minutes| UtcOffset::from_whole_seconds(minutes.checked_mul(60)?).ok());
    let time = format_description!("[hour]:[minute]:[second]");
    let date_and_time = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let text = match zone.map(|zone| at.to_offset(zone)).filter(|local| local.offset() != UtcOffset::UTC) {
        None => utc.format(date_and_time).map(|text| format!("{text} UTC")),
        Some(local) => local.format(date_and_time).and_then(|text| {
            let beside = utc.format(if local.date() == utc.date() { time } else { date_and_time })?;
            Ok(format!("{text} ({beside} UTC)"))
        }),
    };
    text.unwrap_or_else(|_| rfc3339.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{duration_text, number_of, time_text};

    #[test]
    fn times_are_local_with_utc_beside() {
        let text = |minutes| time_text("2026-11-25T23:30:00.5Z", minutes);
        assert_eq!(text(None), "2026-11-25 23:30:00 UTC");
        assert_eq!(text(Some(0)), "2026-11-25 23:30:00 UTC");
        assert_eq!(text(Some(-300)), "2026-11-25 18:30:00 (23:30:00 UTC)");
        assert_eq!(text(Some(60)), "2026-11-26 00:30:00 (2026-11-25 23:30:00 UTC)");
        assert_eq!(text(Some(i32::MAX)), "2026-11-25 23:30:00 UTC");
        assert_eq!(time_text("soon", None), "soon");
    }

    #[test]
    fn numbers_read_like_a_sentence() {
        assert_eq!((number_of(1, "object"), number_of(0, "object")), ("1 object".into(), "0 objects".into()));
        let texts = [3.21, 65.0, 7500.0].map(duration_text);
        assert_eq!(texts, ["3.2 s", "1 min 05 s", "2 h 05 min"]);
    }
}
