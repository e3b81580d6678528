//! The safe links of mail filters: the link that one of them wraps.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::s3::percent::decode_lossy;

/// Parameters in which redirecting services carry the link: Outlook (`url`), Google (`q`), others.
const PARAMETERS: [&str; 7] = ["url", "u", "q", "target", "dest", "redirect", "link"];

/// The link inside a safe link; `None` where `text` wraps none.
pub(super) fn unwrap(text: &str) -> Option<String> {
    let host = text.split_once("://")?.1.split(['/', '?']).next()?.to_ascii_lowercase();
    match host.as_str() {
        "urldefense.proofpoint.com" => proofpoint_2(text),
        "urldefense.com" => proofpoint_3(text),
        _ => parameter(text),
    }
}

/// `?url=https%3A%2F%2F…&data=…`, or `?url=https://…` with nothing encoded, which then reaches to the end.
fn parameter(text: &str) -> Option<String> {
    let (before, query) = text.split_once('?')?;
    let mut rest = query;
    loop {
        let pair = rest.split('&').next()?;
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A link that is signed itself is no wrapper, whatever its parameters are called.
        if name.to_ascii_lowercase().starts_with("x-amz-") || before.is_empty() {
            return None;
        }
        let lower = value.to_ascii_lowercase();
        if PARAMETERS.contains(&name) {
            if lower.starts_with("http%3a") || lower.starts_with("https%3a") {
                return Some(decode_lossy(value)).filter(|inner| is_worth_it(inner));
            }
            if lower.starts_with("http://") || lower.starts_with("https://") {
                let inner = rest.split_once('=')?.1.to_owned();
                return Some(inner).filter(|inner| is_worth_it(inner));
            }
        }
        rest = rest.split_once('&')?.1;
    }
}

/// Whether the wrapped link looks presigned, or wrapped once more.
fn is_worth_it(inner: &str) -> bool {
    let lower = inner.to_ascii_lowercase();
    ["amz", "x-goog", "signature"].into_iter().any(|sign| lower.contains(sign))
}

/// `/v2/url?u=https-3A__host_path-3FX-2DAmz…&d=…`: `-` for `%`, `_` for `/`.
fn proofpoint_2(text: &str) -> Option<String> {
    let (_, query) = text.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("u="))?;
    Some(decode_lossy(&value.replace('-', "%").replace('_', "/")))
}

/// `/v3/__https://host/path*…__;Kw!!token$`: characters that the service minds are `*`, and follow in base64. A run of them
/// is `**` and one character for how many.
fn proofpoint_3(text: &str) -> Option<String> {
    const COUNTS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (_, rest) = text.split_once("/v3/__")?;
    let (inner, rest) = rest.rsplit_once("__;")?;
    let minded = URL_SAFE_NO_PAD.decode(rest.split('!').next()?.trim_end_matches('=')).ok()?;
    let minded = String::from_utf8(minded).ok()?;
    let mut minded = minded.chars();
    let mut link = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        if c != '*' {
            link.push(c);
        } else if rest.as_str().starts_with('*') {
            let count = rest.by_ref().nth(1).and_then(|c| COUNTS.find(c))? + 2;
            link.extend(minded.by_ref().take(count));
        } else {
            link.extend(minded.next());
        }
    }
    // The service takes two slashes for one.
    let has_slashes = link.contains("://");
    Some(if has_slashes { link } else { link.replacen(":/", "://", 1) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINK: &str = "https://s3.example.com/b/a%20b_c-d.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=900";

    fn encoded(text: &str) -> String {
        crate::presign::sigv4::encode(text.as_bytes(), b"")
    }

    #[test]
    fn the_link_comes_out_of_every_kind_of_safe_link() {
        let as_proofpoint = encoded(LINK).replace('-', "%2D").replace('_', "%5F").replace("%2F", "_").replace('%', "-");
        for wrapped in [
            format!("https://nam02.safelinks.protection.outlook.com/?url={}&data=05%7C01&reserved=0", encoded(LINK)),
            format!("https://www.google.com/url?sa=D&q={}&ust=1", encoded(LINK)),
            format!("https://click.example.com/r?id=1&url={LINK}"),
            format!("https://urldefense.proofpoint.com/v2/url?u={as_proofpoint}&d=DwMFaQ&c=x&e="),
            format!("https://urldefense.com/v3/__{LINK}__;!!abc!def$"),
            format!("https://urldefense.com/v3/__{}__;JQ!!abc!def$", LINK.replace('%', "*")),
            format!("https://urldefense.com/v3/__{}__;LVM!!abc!def$", LINK.replacen("-S", "**A", 1)),
        ] {
            assert_eq!(unwrap(&wrapped).as_deref(), Some(LINK), "{wrapped}");
        }
    }

    #[test]
    fn a_link_that_wraps_nothing_is_left_alone() {
        for text in [LINK, "https://example.com/?url=https%3A%2F%2Fexample.org", "https://example.com", "", "x?u="] {
            assert_eq!(unwrap(text), None, "{text}");
        }
        assert_eq!(unwrap(&format!("{LINK}&url=https://a.example/?X-Amz-Date=1")), None);
    }

    proptest! {
        #[test]
        fn any_text_unwraps_or_does_not(text in any::<String>()) {
            for host in ["urldefense.com/v3/__", "urldefense.proofpoint.com/v2/url?u=", "x.example/?url="] {
                let _ = unwrap(&format!("https://{host}{text}"));
                let _ = unwrap(&format!("https://{host}{text}__;{text}!!"));
            }
        }
    }
}
