//! Pulls a document of a store apart, element by element, without building a tree.
//!
//! Strict about structure: one root of the expected name, every element closed, nothing behind it, no DOCTYPE. So a document
//! that was cut anywhere is never taken for a whole one. Lenient about characters: stores write control characters that
//! XML forbids into keys, raw or as references, and they are kept.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Deeper than any document of S3.
pub(super) const MAX_DEPTH: usize = 32;

/// Reads `body` and calls `leave` at each element's end, with the path of local names below the root (`Contents/Key`) and
/// the text directly in it. `leave` may take the text or say, in words, why it cannot be.
///
/// The error is a phrase that completes "the answer …".
pub(crate) fn read(
    body: &[u8],
    root: &str,
    mut leave: impl FnMut(&str, &mut String) -> Result<(), String>,
) -> Result<(), String> {
    let body = std::str::from_utf8(body).map_err(|_| "is not UTF-8".to_owned())?;
    if body.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    let mut reader = Reader::from_str(body);
    reader.config_mut().expand_empty_elements = true;
    // The path below the root, and where each of its names begins.
    let mut path = String::new();
    let mut starts: Vec<usize> = Vec::new();
    let mut open = 0_usize;
    let mut closed = false;
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(|error| format!("is not well-formed XML: {error}"))? {
            Event::Start(_) if closed => return Err("has a second root".to_owned()),
            Event::Start(element) => {
                let name = element.local_name();
                let name = std::str::from_utf8(name.as_ref()).map_err(|_| "is not UTF-8".to_owned())?;
                if open == 0 && name != root {
                    return Err(format!("is a `{name}` where a `{root}` was expected"));
                }
                if open > 0 {
                    starts.push(path.len());
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(name);
                }
                open += 1;
                if open > MAX_DEPTH {
                    return Err("is nested too deeply".to_owned());
                }
                text.clear();
            }
            Event::End(_) => {
                open = open.saturating_sub(1);
                match starts.pop() {
                    Some(start) => {
                        leave(&path, &mut text)?;
                        path.truncate(start);
                    }
                    None => closed = true,
                }
                text.clear();
            }
            Event::Text(piece) => push(&mut text, piece.decode(), open)?,
            Event::CData(piece) => push(&mut text, piece.decode(), open)?,
            Event::GeneralRef(reference) => {
                if let Ok(Some(character)) = reference.resolve_char_ref() {
                    text.push(character);
                } else {
                    let name = reference.decode().map_err(|error| error.to_string())?;
                    text.push(entity(&name).ok_or_else(|| format!("uses an entity that XML does not know: &{name};"))?);
                }
            }
            Event::DocType(_) => return Err("has a DOCTYPE".to_owned()),
            Event::Eof if closed => return Ok(()),
            Event::Eof => return Err("ends early".to_owned()),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The local name of the first element, if the text begins like XML at all.
pub(crate) fn root(body: &[u8]) -> Option<String> {
    let mut reader = Reader::from_reader(body);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                return String::from_utf8(element.local_name().as_ref().to_vec()).ok();
            }
            Event::Text(text) if !text.trim_ascii().is_empty() => return None,
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Adds a piece of text, which outside the root may only be white space.
fn push<E: std::fmt::Display>(
    text: &mut String,
    piece: Result<std::borrow::Cow<'_, str>, E>,
    open: usize,
) -> Result<(), String> {
    let piece = piece.map_err(|error| error.to_string())?;
    if open == 0 && !piece.trim().is_empty() {
        return Err("has text outside its root".to_owned());
    }
    text.push_str(&piece);
    Ok(())
}

/// The five entities that XML itself knows.
pub(super) fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(body: &str) -> Result<Vec<(String, String)>, String> {
        let mut seen = Vec::new();
        read(body.as_bytes(), "R", |path, text| {
            seen.push((path.to_owned(), text.clone()));
            Ok(())
        })?;
        Ok(seen)
    }

    #[test]
    fn text_is_kept_to_the_last_blank_and_control_character() {
        let body = "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><a> </a><b>&lt;&#x1;\u{2}<![CDATA[&]]></b><c/></R>\n";
        let expected = [("a", " "), ("b", "<\u{1}\u{2}&"), ("c", "")];
        assert_eq!(leaves(body).unwrap(), expected.map(|(p, t)| (p.to_owned(), t.to_owned())));
    }

    #[test]
    fn a_document_cut_anywhere_is_not_a_document() {
        let whole = "<R><a>1</a><b><c>é&amp;</c></b></R>";
        assert!(leaves(whole).is_ok());
        for end in 0..whole.len() {
            assert!(read(&whole.as_bytes()[..end], "R", |_, _| Ok(())).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_answer_of_a_store_is_refused_with_its_reason() {
        for (body, why) in [
            ("", "is empty"),
            ("<R>", "ends early"),
            ("<html></html>", "is a `html` where a `R` was expected"),
            ("<!DOCTYPE html><R/>", "has a DOCTYPE"),
            ("<R/><R/>", "has a second root"),
            ("<R/>x", "has text outside its root"),
            ("<R>&nbsp;</R>", "uses an entity that XML does not know: &nbsp;"),
        ] {
            assert_eq!(leaves(body).unwrap_err(), why, "{body}");
        }
        assert_eq!(leaves(&format!("<R>{}", "<a>".repeat(40))).unwrap_err(), "is nested too deeply");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&body, "R", |_, _| Ok(()));
            let _ = root(&body);
        }
    }
}
