//! Grants, policies and user mappings, where not all of them are wanted.

use crate::outcome::{Deviation, DeviationKind};
use crate::plan::{Entry, GrantsChoice, Piece};

/// Kinds that name roles, and nothing else of which depends on them.
const OF_ROLES: &[&str] = &["DEFAULT ACL", "POLICY", "USER MAPPING"];

/// Leaves out what is not wanted, and notes it with the statement that brings it about.
pub(crate) fn choose(
    entries: Vec<Entry>,
    choice: GrantsChoice,
    exists: &dyn Fn(&str) -> bool,
    notes: &mut Vec<Deviation>,
) -> Vec<Entry> {
    let mut kept = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let is_grant = matches!(entry.kind.as_str(), "ACL" | "DEFAULT ACL");
        let title = entry.title();
        let note = |sql: String, reason: &str| {
            Deviation::new(DeviationKind::LeftOut, title.clone(), reason)
                .with_sql(sql, "who may grant it, when its roles are there")
        };
        if is_grant && choice == GrantsChoice::None {
            let sql: Vec<String> = entry.pieces(None).optional.iter().map(Piece::as_grantor).collect();
            notes.push(note(sql.join("\n"), "were left out, as asked for"));
        } else if entry.kind == "ACL" {
            let (stay, go): (Vec<Piece>, Vec<Piece>) =
                entry.pieces(None).optional.into_iter().partition(|piece| {
                    entry.roles_in(&piece.sql).iter().chain(&piece.grantor).all(|role| exists(role))
                });
            for piece in &go {
                notes.push(note(piece.as_grantor(), "were left out: the target does not have the role"));
            }
            if !stay.is_empty() {
                let statements: Vec<String> = stay.iter().map(Piece::as_grantor).collect();
                entry.definition = statements.join("\n");
                kept.push(entry);
            }
        } else if OF_ROLES.contains(&entry.kind.as_str())
            && !entry.roles_in(&entry.definition).iter().all(|role| exists(role))
        {
            let mut deviation =
                note(entry.definition.clone(), "was left out: the target does not have the role");
            if entry.kind == "USER MAPPING" {
                // Its statement may hold a password.
                deviation.sql = None;
            }
            notes.push(deviation);
        } else {
            kept.push(entry);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::choose;
    use crate::plan::{Entry, GrantsChoice};

    fn entry(kind: &str, definition: &str) -> Entry {
        Entry { kind: kind.to_owned(), definition: definition.to_owned(), ..Entry::default() }
    }

    #[test]
    fn only_what_names_missing_roles_is_left_out() {
        let entries = || {
            vec![
                entry(
                    "ACL",
                    "GRANT SELECT ON TABLE s.t TO a;\nGRANT SELECT ON TABLE s.t TO b;\nGRANT ALL ON TABLE s.t TO PUBLIC;\n",
                ),
                entry("POLICY", "CREATE POLICY p ON s.t TO b USING (true);"),
                entry("POLICY", "CREATE POLICY q ON s.t TO a USING (true);"),
                entry("TABLE", "CREATE TABLE s.t ();"),
            ]
        };
        let mut notes = Vec::new();
        let kept = choose(entries(), GrantsChoice::ExistingRoles, &|role| role == "a", &mut notes);
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[0].definition, "GRANT SELECT ON TABLE s.t TO a;\nGRANT ALL ON TABLE s.t TO PUBLIC;");
        assert_eq!(notes.len(), 2);
        assert_eq!(notes[0].sql.as_deref(), Some("GRANT SELECT ON TABLE s.t TO b;"));
        let kept = choose(entries(), GrantsChoice::None, &|role| role == "a", &mut notes);
        assert_eq!(kept.len(), 2, "policies of roles that are there stay");
    }
}
