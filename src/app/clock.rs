//! The time, as it is written down.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The time, in RFC 3339 and UTC, whole seconds.
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

/// The time with fractions, so that runs of one second keep their order.
pub(crate) fn precise_now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

/// Today, as `YYYY-MM-DD`.
pub(crate) fn today() -> String {
    OffsetDateTime::now_utc().format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}
