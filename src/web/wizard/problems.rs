//! What can be wrong with what was typed, field by field.

use crate::store::{Store, check_name};
use crate::web::wizard::draft::Draft;
use crate::web::wizard::fields::Field;

/// What is wrong with a field, in a sentence for beside it.
pub(super) fn problem(field: &Field, draft: &Draft, store: &Store) -> Option<String> {
    let value = draft.get(field.name);
    if field.is_required && value.is_empty() {
        return Some(format!("{} is needed.", field.label));
    }
    let is_migration = draft.get("option").contains("Migrate");
    match field.name {
        "name" => match check_name(value) {
            Err(error) => Some(format!("{error}.")),
            Ok(()) if !store.is_free(value, draft.target_address().as_deref()) => {
                Some(format!("There is a run called {value} already: choose another name."))
            }
            Ok(()) => None,
        },
        "source_port" | "target_port"
            if !value.is_empty() && value.parse::<u16>().map_or(true, |n| n == 0) =>
        {
            Some("A port is a number from 1 to 65535.".to_owned())
        }
        "jobs" if !value.is_empty() && value.parse::<u16>().map_or(true, |n| n == 0) => {
            Some("A number of connections is 1 or more.".to_owned())
        }
        "target_host" if value.is_empty() && is_migration => Some("A migration needs a target.".to_owned()),
        "target_user" if value.is_empty() && !draft.get("target_host").is_empty() => {
            Some("User is needed.".to_owned())
        }
        "profile" if value.is_empty() && draft.get("target_host").is_empty() => {
            Some("Without a target, its kind must be said.".to_owned())
        }
        _ => None,
    }
}
