//! Filters of the templates.

use crate::report::plain::safe;

/// Shows control and invisible characters as escapes. HTML escaping still follows.
#[askama::filter_fn]
pub(crate) fn shown(value: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(safe(&value.to_string()))
}
