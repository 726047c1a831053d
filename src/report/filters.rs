//! Filters of the templates.

#![expect(
    clippy::inline_always,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the macro writes so"
)]
#![expect(unreachable_pub, reason = "the macro writes so")]

use crate::report::plain::safe;

/// Shows control and invisible characters as escapes. HTML escaping still follows.
#[askama::filter_fn]
pub(super) fn shown(value: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(safe(&value.to_string()))
}
