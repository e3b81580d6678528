//! The `<Error>` document of a refusal, read as far as it goes: cut off, wrapped or garnished, what is whole in it is told.
//! Not for answers that daypass acts on, which have to be whole.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// More elements than any store sends.
const MAX_ELEMENTS: usize = 64;

/// How servers (Go's, nginx, Apache) say that plain HTTP came to a port that speaks TLS, none of them in a document of S3.
const WANTS_TLS: [&str; 3] = [
    "HTTP request to an HTTPS server",
    "plain HTTP request was sent to HTTPS port",
    "plain HTTP to an SSL-enabled server",
];

/// The elements directly in an `<Error>`, in their order: local names and texts, as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorDocument(Vec<(String, String)>);

impl ErrorDocument {
    /// Reads a body, or any text in which an `<Error>` stands; `None` where there is none. What is not UTF-8 is replaced.
    pub fn read(body: &[u8]) -> Option<Self> {
        let body = String::from_utf8_lossy(body);
        // What stands before is no concern of ours: a declaration, a wrapper, the words of whoever pasted it.
        let start = ["<Error>", "<Error "].iter().filter_map(|tag| body.find(tag)).min()?;
        let mut reader = Reader::from_str(body.get(start..)?);
        reader.config_mut().expand_empty_elements = true;
        let mut elements = Vec::new();
        let (mut open, mut text) = (Vec::new(), String::new());
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(element) => {
                    open.push(String::from_utf8_lossy(element.local_name().as_ref()).into_owned());
                    text.clear();
                }
                Event::End(_) => {
                    let name = open.pop().unwrap_or_default();
                    match open.len() {
                        0 => break,
                        1 if elements.len() < MAX_ELEMENTS => elements.push((name, std::mem::take(&mut text))),
                        _ => text.clear(),
                    }
                }
                Event::Text(piece) => text.push_str(&piece.decode().unwrap_or_default()),
                Event::CData(piece) => text.push_str(&piece.decode().unwrap_or_default()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => text.push(character),
                    _ => text
                        .push_str(reference.decode().ok().and_then(|n| resolve_predefined_entity(&n)).unwrap_or("?")),
                },
                Event::Eof => break,
                Event::DocType(_) | Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        Some(Self(elements))
    }

    /// The text of the first element of that name; `None` where it is missing, empty, or was cut off.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    }
}

/// Whether a refusal says that plain HTTP came to a port that speaks TLS.
pub fn wants_tls(status: u16, body: &[u8]) -> bool {
    let said = String::from_utf8_lossy(body);
    status == 400 && WANTS_TLS.iter().any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>a &amp; b&#10;c</Message>\
        <Empty/><HostId>h</HostId></Error>";

    #[test]
    fn what_a_store_said_is_told_by_name() {
        let document = ErrorDocument::read(WHOLE.as_bytes()).unwrap();
        assert_eq!(document.get("Code"), Some("AccessDenied"));
        assert_eq!(document.get("Message"), Some("a & b\nc"));
        assert_eq!(document.get("HostId"), Some("h"));
        assert_eq!((document.get("Empty"), document.get("Region")), (None, None));
    }

    #[test]
    fn a_document_cut_anywhere_gives_what_is_whole_in_it() {
        for end in 0..WHOLE.len() {
            let Some(document) = ErrorDocument::read(&WHOLE.as_bytes()[..end]) else { continue };
            assert!(document.get("Code").is_none_or(|code| code == "AccessDenied"), "cut at {end}");
            assert!(document.get("Message").is_none_or(|message| message == "a & b\nc"), "cut at {end}");
        }
        let cut = ErrorDocument::read(&WHOLE.as_bytes()[..70]).unwrap();
        assert_eq!(cut.get("Code"), Some("AccessDenied"));
    }

    #[test]
    fn namespaces_wrappers_and_words_around_do_not_matter() {
        for body in [
            "<Error xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Code>X</Code></Error>",
            "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>",
            "Hello, I get this:\n<Error><Code>X</Code></Error> Can you help?",
        ] {
            assert_eq!(ErrorDocument::read(body.as_bytes()).unwrap().get("Code"), Some("X"), "{body}");
        }
        for none in ["", "AccessDenied", "<html><Errors></html>", "{\"code\":\"X\"}"] {
            assert_eq!(ErrorDocument::read(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn an_element_deeper_down_is_not_one_of_the_error() {
        let document = ErrorDocument::read(b"<Error><A><Code>no</Code></A><Code>yes</Code></Error>").unwrap();
        assert_eq!(document.get("Code"), Some("yes"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_are_no_error(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = ErrorDocument::read(&body);
        }

        #[test]
        fn any_text_in_an_error_is_read(text in "[<>/A-Za-z&;#\u{0}-\u{20}]{0,100}") {
            let _ = ErrorDocument::read(format!("<Error><Code>{text}</Code></Error>").as_bytes());
        }
    }
}
