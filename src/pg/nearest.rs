//! "Did you mean": the known word nearest to a mistyped one.

/// The candidate with the fewest edits to `word`, if it is near enough to be worth naming.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = 1 + word.chars().count() / 4;
    candidates
        .into_iter()
        // Swapping neighbours counts as one edit.
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_near_words_are_offered() {
        assert_eq!(nearest("nmae", ["name", "bytes"]), Some("name"));
        assert_eq!(nearest("zzz", ["name", "bytes"]), None);
    }
}
