//! Reads a small document of a store with a call for each element in it; large ones are better pulled apart by [`super::pull`].

use quick_xml::Reader;
use quick_xml::events::Event;

use super::pull::{Piece, Pull, unescape};

/// Reads `body` and calls `leave` at each element's end, with the path of local names below the root (`Contents/Key`) and
/// the text directly in it. `leave` may take the text or say, in words, why it cannot be.
///
/// The error is a phrase that completes "the answer …".
pub(crate) fn read(
    body: &[u8],
    root: &str,
    mut leave: impl FnMut(&str, &mut String) -> Result<(), String>,
) -> Result<(), String> {
    let mut pull = Pull::new(body, root)?;
    // The path below the root, and where each of its names begins.
    let (mut path, mut starts) = (String::new(), Vec::new());
    let mut text = String::new();
    while let Some(piece) = pull.next()? {
        match piece {
            Piece::Open(name) => {
                starts.push(path.len());
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(name);
                text.clear();
            }
            Piece::Text(piece) => unescape(piece, &mut text)?,
            Piece::Literal(piece) => text.push_str(piece),
            Piece::Close => {
                if let Some(start) = starts.pop() {
                    leave(&path, &mut text)?;
                    path.truncate(start);
                }
                text.clear();
            }
        }
    }
    Ok(())
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

    proptest! {
        #[test]
        fn any_bytes_have_a_root_or_none(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = root(&body);
        }
    }
}
