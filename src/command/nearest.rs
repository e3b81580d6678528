//! What a mistyped word was probably meant to be.

/// The one of `words` that `typed` most resembles, where it resembles one enough to be worth asking about.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |word: &str| strsim::jaro_winkler(&typed.to_lowercase(), word);
    words
        .into_iter()
        .map(|word| (likeness(word), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

/// What to write in the place of `typed`: the one of `words` that was probably meant, before all that there are, since these
/// may be many, and a screen low.
pub fn instead<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let list = match quoted.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        few => few.concat(),
    };
    match nearest(typed, words) {
        Some(word) => format!("did you mean `{word}`? It can be {list}"),
        None => format!("write {list}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let words = ["clipboard", "links", "browse", "look", "log"];
        for (typed, meant) in [("clipbord", "clipboard"), ("link", "links"), ("LOOK", "look"), ("borwse", "browse")] {
            assert_eq!(nearest(typed, words), Some(meant));
        }
        assert_eq!(nearest("xyzzy", words), None);
        assert_eq!(nearest("", words), None);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(instead("zzz", ["auto"]), "write `auto`");
        assert_eq!(instead("zzz", ["auto", "none"]), "write `auto` or `none`");
    }

    #[test]
    fn the_word_that_was_meant_goes_before_all_that_there_are() {
        let said = instead("aut", ["auto", "dark", "none"]);
        assert_eq!(said, "did you mean `auto`? It can be `auto`, `dark` or `none`");
    }
}
