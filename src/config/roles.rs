//! The file that says which role of the target stands for which role of the source.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::settings::SettingsError;
use crate::config::text::{WRITTEN_BYTES_MAX, read_text};
use crate::pg::NAME_BYTES_MAX;

/// Reads the file of `--role-map`: TOML, a line `old = "new"` for each role, with quotes around names that need them.
pub fn read_role_map(path: &Path) -> Result<BTreeMap<String, String>, SettingsError> {
    let text = read_text(path, WRITTEN_BYTES_MAX)
        .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    let refuse = |problem: String| SettingsError::RoleMap { path: path.to_owned(), problem };
    let roles: BTreeMap<String, String> =
        toml::from_str(&text).map_err(|error| refuse(error.to_string().trim_end().to_owned()))?;
    for name in roles.iter().flat_map(|(old, new)| [old, new]) {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
            return Err(refuse(format!(
                "`{name}` cannot be the name of a role: it has 1 to {NAME_BYTES_MAX} bytes"
            )));
        }
        if matches!(name.as_str(), "public" | "none") {
            return Err(refuse(format!("`{name}` is no role")));
        }
    }
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::read_role_map;

    #[test]
    fn mistakes_are_named_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roles.toml");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_role_map(&path).map_err(|error| error.to_string())
        };
        assert_eq!(read("a = \"b\"\n\"Shop Owner\" = \"shop\"").unwrap()["Shop Owner"], "shop");
        assert!(read("a = 1").unwrap_err().contains("line 1"));
        assert!(read("a = \"b\"\na = \"c\"").unwrap_err().contains("line 2"));
        assert!(read("a = \"\"").unwrap_err().contains("cannot be the name of a role"));
        assert!(read("public = \"a\"").unwrap_err().contains("is no role"));
    }
}
