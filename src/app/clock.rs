//! The time, as it is written down.

use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The time, in RFC 3339 and UTC, whole seconds.
pub fn now() -> String {
    shown_time(OffsetDateTime::now_utc())
}

/// A time, in RFC 3339 and UTC, whole seconds.
pub(crate) fn shown_time(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

/// The time with fractions, so that runs of one second keep their order.
pub(crate) fn precise_now() -> String {
    precise_time(OffsetDateTime::now_utc())
}

/// A time with fractions, so that what is done in less than a second can be told from what is not.
pub(crate) fn precise_time(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

/// How far the zone of this machine is ahead of UTC now, in minutes; none where the machine does not know its zone.
pub(crate) fn utc_offset_minutes() -> Option<i32> {
    UtcOffset::current_local_offset().ok().map(|offset| i32::from(offset.whole_minutes()))
}

/// Today, as `YYYY-MM-DD`.
pub(crate) fn today() -> String {
    OffsetDateTime::now_utc().format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}
