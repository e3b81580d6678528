//! What a download is called on the machine that it lands on: names from keys, made harmless. Creates no file.

use super::disposition;
use super::request::LinkRequest;
use crate::s3::text::is_unsafe;

/// The longest name that [`clean`] gives, in bytes: file systems take 255, and a program may add an ending while it loads.
pub const MAX_BYTES: usize = 200;

/// The longest end of a name that survives shortening as its extension, dot included, in bytes.
const EXTENSION_MAX_BYTES: usize = 12;

/// What a file is called when nothing of its name is left.
const NAMELESS: &str = "download";

/// Devices that Windows opens in place of a file, whatever the extension and case ("Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// The file name that a link stands for: the one it asks the store to give, else the last level of the key. Not cleaned.
pub fn wanted(request: &LinkRequest) -> String {
    let asked = request.query.iter().find(|(name, _)| name == disposition::PARAMETER);
    let named = asked.and_then(|(_, value)| disposition::file_name(value));
    named.unwrap_or_else(|| request.object.key.file_name().to_owned())
}

/// `name` as one harmless file name, the same on every system.
///
/// Separators of paths become `_`; control, bidi and invisible characters go, and so do dots and spaces at both ends, so
/// that nothing is hidden, climbs or looks like something else. A device of Windows gets a `_` before it; a long name
/// keeps its start and extension. Nothing left is `download`.
pub fn clean(name: &str) -> String {
    let flat: String = name.chars().filter(|c| !is_unsafe(*c)).map(|c| if is_separator(c) { '_' } else { c }).collect();
    let ends = |c: char| c == '.' || c.is_whitespace();
    let bare = flat.trim_matches(ends);
    if bare.is_empty() {
        return NAMELESS.to_owned();
    }
    let prefix = if is_device(bare) { "_" } else { "" };
    shortened(&format!("{prefix}{bare}")).trim_end_matches(ends).to_owned()
}

/// The same for a file that a program on Windows is told to write: what NTFS refuses becomes `_`, too.
pub fn clean_for_windows(name: &str) -> String {
    clean(&name.replace(['<', '>', ':', '"', '|', '?', '*'], "_"))
}

fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let port = |numbered: &str| {
        let mut number = stem.strip_prefix(numbered).unwrap_or_default().chars();
        matches!((number.next(), number.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    };
    DEVICES.contains(&stem.as_str()) || port("COM") || port("LPT")
}

/// At most [`MAX_BYTES`] of `name`, cut before its extension.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let dot = name.rfind('.').filter(|dot| name.len() - dot <= EXTENSION_MAX_BYTES);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    let mut end = MAX_BYTES - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", stem.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::presign::disposition::Disposition;
    use crate::presign::expiry::Expiry;
    use crate::presign::request::Method;
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};

    #[test]
    fn a_name_neither_climbs_nor_hides_nor_pretends() {
        for (name, cleaned) in [
            ("report-Q3.pdf", "report-Q3.pdf"),
            ("Ünïcödé 🧾.txt", "Ünïcödé 🧾.txt"),
            ("it's 100% \"$HOME\" `x` !.txt", "it's 100% \"$HOME\" `x` !.txt"),
            ("-rf", "-rf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\evil.exe", "_evil.exe"),
            (".bashrc", "bashrc"),
            ("exe\u{202E}gpj.txt", "exegpj.txt"),
            ("a\r\nb\u{1b}[2J", "ab[2J"),
            (" a . ", "a"),
            ("con", "_con"),
            ("COM1.txt", "_COM1.txt"),
            ("lpt¹", "_lpt¹"),
            ("nul .tar.gz", "_nul .tar.gz"),
            ("console.log", "console.log"),
            ("COM10", "COM10"),
            ("", "download"),
            ("...", "download"),
            ("a/", "a_"),
        ] {
            assert_eq!(clean(name), cleaned, "{name:?}");
        }
        assert_eq!(clean_for_windows("a:b?<c>\"|*.txt"), "a_b__c____.txt");
    }

    #[test]
    fn a_long_name_keeps_its_start_and_extension() {
        let name = clean(&format!("{}.tar.gz", "ä".repeat(500)));
        assert!(name.len() <= MAX_BYTES && name.starts_with("ää") && name.ends_with("ä.gz"), "{name}");
    }

    #[test]
    fn the_name_that_the_store_is_asked_to_give_comes_first() {
        let object = ObjectId::current(BucketName::parse("b").unwrap(), Key::parse("a/x.bin").unwrap());
        let mut request = LinkRequest::new(Method::Get, object, Expiry::DEFAULT);
        assert_eq!(wanted(&request), "x.bin");
        request.query.push(Disposition::attachment("Rëchnung \"7\".pdf").parameter());
        assert_eq!(wanted(&request), "Rëchnung \"7\".pdf");
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_harmless_name(name in "(\\PC|[./\\\\ -]|CON|\u{202E}|\n){0,80}") {
            for cleaned in [clean(&name), clean_for_windows(&name)] {
                prop_assert!(!cleaned.is_empty() && cleaned.len() <= MAX_BYTES);
                let hostile = |c: char| is_separator(c) || is_unsafe(c);
                prop_assert!(!cleaned.contains(hostile) && !cleaned.starts_with('.'));
                prop_assert!(!is_device(&cleaned));
                prop_assert_eq!(clean(&cleaned), cleaned);
            }
        }

        #[test]
        fn any_text_is_short_enough(name in any::<String>(), times in 1..60_usize) {
            let cleaned = clean(&name.repeat(times));
            prop_assert!(cleaned.len() <= MAX_BYTES);
            prop_assert_eq!(clean(&cleaned), cleaned);
        }
    }
}
