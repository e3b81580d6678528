//! How a browser treats a download: shown or saved, and under which name (RFC 6266). Writes the value that a link asks for.

use std::fmt::{self, Write};

use super::filename;
use super::sigv4;

/// The query parameter that asks the store to send a `Content-Disposition`.
pub const PARAMETER: &str = "response-content-disposition";

/// Query parameters that let a browser show any object as plain text, so that no script in it runs.
pub const AS_TEXT: [(&str, &str); 2] = [("response-content-type", "text/plain; charset=utf-8"), (PARAMETER, "inline")];

/// Where the name starts that holds more than ASCII (RFC 8187); its language is left empty.
const EXTENDED: &str = "filename*=UTF-8''";

/// Where the name starts that every program understands.
const QUOTED: &str = "filename=\"";

/// What the browser is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// Show it, where the browser can.
    Inline,
    /// Save it as a file.
    Attachment,
}

/// The value of a `Content-Disposition`. `Display` writes it: one line of ASCII, because stores refuse more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    treatment: Treatment,
    name: String,
}

impl Disposition {
    /// Show it, and call it `name` if it is saved. The name is cleaned.
    pub fn inline(name: &str) -> Self {
        Self { treatment: Treatment::Inline, name: filename::clean(name) }
    }

    /// Save it under `name`, cleaned.
    pub fn attachment(name: &str) -> Self {
        Self { treatment: Treatment::Attachment, name: filename::clean(name) }
    }

    /// The query parameter that asks a store for it.
    pub fn parameter(&self) -> (String, String) {
        (PARAMETER.to_owned(), self.to_string())
    }
}

/// `attachment; filename="Q3 _.pdf"; filename*=UTF-8''Q3%20%C3%BC.pdf`, the second form only where the first loses something.
impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.treatment {
            Treatment::Inline => "inline",
            Treatment::Attachment => "attachment",
        })?;
        write!(f, "; {QUOTED}")?;
        for c in self.name.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                // Some browsers decode a percent sign here, too (RFC 6266, appendix D).
                '%' => f.write_char('_')?,
                ' '..='~' => f.write_char(c)?,
                _ => f.write_char('_')?,
            }
        }
        f.write_char('"')?;
        if self.name.chars().all(|c| matches!(c, ' '..='~') && c != '%') {
            return Ok(());
        }
        write!(f, "; {EXTENDED}{}", sigv4::encode_path(&self.name))
    }
}

/// The file name in a value that [`Disposition`] wrote; `None` where there is none, or another hand wrote it.
pub fn file_name(value: &str) -> Option<String> {
    let extended = |text: &str| text.split_once(EXTENDED).and_then(|(_, encoded)| percent_decoded(encoded));
    match value.split_once(QUOTED).and_then(|(_, rest)| unquoted(rest)) {
        Some((name, rest)) => Some(extended(rest).unwrap_or(name)),
        None => extended(value),
    }
}

/// A text up to the quote that ends it, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return Some((name, rest.as_str())),
            '\\' => name.push(rest.next()?),
            c => name.push(c),
        }
    }
}

fn percent_decoded(encoded: &str) -> Option<String> {
    let mut parts = encoded.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Saves what a browser would otherwise run: HTML, SVG and XML can carry script, which would run as the store's own.
///
/// Either sign is enough: the type that the store will send, or the extension of `name`. `None`: nothing need be asked.
pub fn safe_default(content_type: Option<&str>, name: &str) -> Option<Disposition> {
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let runs = is_active_type(&media_type.trim().to_ascii_lowercase()) || is_active_extension(extension);
    runs.then(|| Disposition::attachment(name))
}

fn is_active_type(media_type: &str) -> bool {
    matches!(media_type, "text/html" | "text/xml" | "application/xml" | "text/xsl" | "multipart/related")
        || media_type.ends_with("+xml")
}

fn is_active_extension(extension: &str) -> bool {
    const ACTIVE: [&str; 12] =
        ["html", "htm", "xhtml", "xht", "shtml", "svg", "svgz", "xml", "xsl", "xslt", "mht", "mhtml"];
    ACTIVE.iter().any(|active| active.eq_ignore_ascii_case(extension.trim_end()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_name_is_said_once_and_any_other_twice() {
        for (name, value) in [
            ("Q3.pdf", r#"attachment; filename="Q3.pdf""#),
            ("Q3 ü.pdf", r#"attachment; filename="Q3 _.pdf"; filename*=UTF-8''Q3%20%C3%BC.pdf"#),
            ("100%.txt", r#"attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt"#),
            ("say \"hi\".txt", r#"attachment; filename="say \"hi\".txt""#),
            ("x\r\nSet-Cookie: a", r#"attachment; filename="xSet-Cookie: a""#),
            ("", r#"attachment; filename="download""#),
        ] {
            assert_eq!(Disposition::attachment(name).to_string(), value);
        }
        assert_eq!(Disposition::inline("a.png").to_string(), r#"inline; filename="a.png""#);
    }

    #[test]
    fn what_can_carry_script_is_saved_and_not_shown() {
        for (content_type, name) in [
            (Some("text/html; charset=utf-8"), "x"),
            (Some("IMAGE/SVG+XML"), "x.png"),
            (Some("application/xhtml+xml"), "x"),
            (Some("application/atom+xml"), "x"),
            (None, "a/x.HTML"),
            (Some("text/plain"), "x.svg"),
            (None, "x.xml"),
        ] {
            let default = safe_default(content_type, name).map(|disposition| disposition.treatment);
            assert_eq!(default, Some(Treatment::Attachment), "{content_type:?} {name}");
        }
        for (content_type, name) in [(Some("image/png"), "x.png"), (None, "html"), (Some("application/pdf"), "x")] {
            assert_eq!(safe_default(content_type, name), None, "{content_type:?} {name}");
        }
    }

    #[test]
    fn a_value_from_another_hand_gives_a_name_or_none() {
        for (value, name) in [
            ("inline", None),
            ("attachment; filename=\"a\\\"b\"; x=y", Some("a\"b")),
            ("attachment; filename=\"a", None),
            ("attachment; filename=\"filename*=UTF-8''b\"", Some("filename*=UTF-8''b")),
            ("attachment; filename*=UTF-8''%C3%A4", Some("ä")),
            ("attachment; filename*=UTF-8''%C3", None),
            ("attachment; filename*=UTF-8''%", None),
            ("attachment; filename*=UTF-8''%é", None),
        ] {
            assert_eq!(file_name(value).as_deref(), name, "{value}");
        }
    }

    /// Reads a value by the grammar of RFC 6266 and RFC 8187, which a browser follows: type and parameters.
    fn parsed(value: &str) -> (String, BTreeMap<String, String>) {
        let (kind, mut rest) = value.split_once(';').unwrap_or((value, ""));
        let mut parameters = BTreeMap::new();
        while !rest.trim().is_empty() {
            let (name, after) = rest.split_once('=').unwrap();
            let text = if let Some(quoted) = after.strip_prefix('"') {
                let mut text = String::new();
                let mut chars = quoted.chars();
                loop {
                    match chars.next().unwrap() {
                        '\\' => text.push(chars.next().unwrap()),
                        '"' => break,
                        c => text.push(c),
                    }
                }
                rest = chars.as_str().trim_start().trim_start_matches(';');
                text
            } else {
                let (token, after) = after.split_once(';').unwrap_or((after, ""));
                rest = after;
                let attr_char = |c: char| c.is_ascii_alphanumeric() || "!#$&+-.^_`|~%'".contains(c);
                assert!(token.chars().all(attr_char), "{token}");
                let encoded = token.strip_prefix("UTF-8''").unwrap();
                let mut bytes = Vec::new();
                let mut units = encoded.bytes();
                while let Some(byte) = units.next() {
                    let hex = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
                    bytes.push(match byte {
                        b'%' => hex(units.next().unwrap()) * 16 + hex(units.next().unwrap()),
                        plain => plain,
                    });
                }
                String::from_utf8(bytes).unwrap()
            };
            assert!(parameters.insert(name.trim().to_owned(), text).is_none());
        }
        (kind.to_owned(), parameters)
    }

    proptest! {
        #[test]
        fn a_browser_reads_the_cleaned_name(name in "(\\PC|[\"\\\\%;='\n\u{202E}]){0,60}") {
            let disposition = Disposition::attachment(&name);
            let value = disposition.to_string();
            prop_assert!(value.chars().all(|c| matches!(c, ' '..='~')), "{}", value);
            let (kind, parameters) = parsed(&value);
            prop_assert_eq!(kind, "attachment");
            let read = parameters.get("filename*").or(parameters.get("filename")).unwrap();
            prop_assert_eq!(read, &filename::clean(&name));
            prop_assert_eq!(file_name(&value), Some(read.clone()));
        }

        #[test]
        fn any_value_gives_a_name_or_none(value in any::<String>(), name in "[%\"\\\\a-fé0-9]{0,12}") {
            let _ = file_name(&value);
            let _ = file_name(&format!("attachment; {EXTENDED}{name}"));
            let _ = file_name(&format!("attachment; {QUOTED}{name}"));
        }
    }
}
