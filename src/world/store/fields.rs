//! The values of single fields in the documents of a listing. The errors are phrases that complete "the answer …".

use crate::s3::percent;

pub(super) fn decoded(name: String, encoded: bool) -> Result<String, String> {
    if !encoded {
        return Ok(name);
    }
    percent::decode_form(&name).ok_or_else(|| format!("lists `{name}`, which is not UTF-8"))
}

pub(super) fn number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("has a size that is no number: `{text}`"))
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim() {
        yes if yes.eq_ignore_ascii_case("true") => Ok(true),
        no if no.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(format!("has `{text}` where true or false was expected")),
    }
}

/// An entity tag without the quotes that most stores, but not all, put around it.
pub(super) fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(etag)
}
