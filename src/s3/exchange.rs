//! What a store was asked and what it answered, as text for whoever has to look closer: bounded, and without what lets anybody in.

/// The most characters of an answer's body.
const MOST: usize = 8_192;

/// Before a signature or a token, in lower case, and what ends it. An error about a signature repeats the headers that were signed.
const SECRETS: [(&str, &[char]); 9] = [
    ("<signatureprovided>", &['<']),
    ("<canonicalrequestbytes>", &['<']),
    ("<stringtosignbytes>", &['<']),
    ("<token-0>", &['<']),
    ("x-amz-security-token:", &['\n', '<']),
    ("x-amz-security-token=", &['\n', '<', '&', ' ', '"', '\'']),
    ("signature=", &['\n', '<', '&', ' ', '"', '\'', ',']),
    ("authorization:", &['\n', '<']),
    ("set-cookie:", &['\n']),
];

/// What stands in its place.
const HIDDEN: &str = "(hidden)";

/// The request behind a failure, and what came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// `GET https://host/bucket?list-type=2`, as it was sent. Its signature travels in a header, which is not here.
    pub request: String,
    /// How often it was sent.
    pub attempts: u32,
    /// The answer to the last attempt as [`answer`] writes it; empty where there was none.
    pub answer: String,
}

/// Status, headers and body as text, as far as it may be seen. `token` is hidden wherever it stands.
pub fn answer<'a>(
    status: u16,
    headers: impl Iterator<Item = (&'a str, String)>,
    body: &[u8],
    token: Option<&str>,
) -> String {
    let mut text = format!("{status}\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push('\n');
    let body = String::from_utf8_lossy(body.get(..4 * MOST).unwrap_or(body));
    text.extend(body.chars().take(MOST));
    if body.chars().nth(MOST).is_some() || body.len() >= 4 * MOST {
        text.push_str("\n(the rest is left out)");
    }
    let mut text = without_secrets(&text);
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        text = text.replace(token, HIDDEN);
    }
    text.trim_end().to_owned()
}

/// `text` with signatures and tokens hidden.
fn without_secrets(text: &str) -> String {
    // ASCII letters keep their places, whatever their case.
    let lower = text.to_ascii_lowercase();
    let mut safe = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = lower.get(at..) {
        let found = SECRETS.iter().filter_map(|(mark, ends)| Some((rest.find(mark)? + mark.len(), *ends)));
        let Some((mark, ends)) = found.min_by_key(|(end, _)| *end) else { break };
        let secret = rest.get(mark..).unwrap_or_default();
        let length = secret.find(ends).unwrap_or(secret.len());
        safe.push_str(text.get(at..at + mark).unwrap_or_default());
        safe.push_str(HIDDEN);
        at += mark + length;
    }
    safe.push_str(text.get(at..).unwrap_or_default());
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(body: &str) -> String {
        answer(403, [("x-amz-request-id", "R1".to_owned())].into_iter(), body.as_bytes(), Some("FwoGtoken"))
    }

    #[test]
    fn status_headers_and_body_are_told_without_signature_and_token() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>AWS4-HMAC-SHA256\n2026</StringToSign>\
            <SignatureProvided>abad1dea</SignatureProvided><StringToSignBytes>41 57</StringToSignBytes>\
            <CanonicalRequest>GET\n/\nX-Amz-Signature=abad1dea&amp;a=b\nhost:h\nx-amz-security-token:abad1dea\n\nhost</CanonicalRequest>\
            <CanonicalRequestBytes>47 45</CanonicalRequestBytes><Token-0>abad1dea</Token-0><X>FwoGtoken</X></Error>";
        let told = of(body);
        assert!(told.starts_with("403\nx-amz-request-id: R1\n\n<Error><Code>SignatureDoesNotMatch</Code>"), "{told}");
        assert!(told.contains("<StringToSign>AWS4-HMAC-SHA256\n2026</StringToSign>"), "{told}");
        assert!(
            told.contains("X-Amz-Signature=(hidden)&amp;a=b\nhost:h\nx-amz-security-token:(hidden)\n\nhost<"),
            "{told}"
        );
        for hidden in ["abad1dea", "41 57", "47 45", "FwoGtoken"] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        assert!(told.ends_with("</Error>"), "{told}");
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let told = of(&"é".repeat(9_000));
        assert!(told.ends_with("é\n(the rest is left out)") && told.chars().count() < 8_300, "{}", told.len());
        assert!(of("").ends_with("R1"));
    }

    proptest! {
        #[test]
        fn no_signature_is_seen_whatever_stands_around_it(
            before in ".{0,40}", after in "[<& \n\"].{0,40}",
            mark in prop::sample::select(vec!["X-Amz-Signature=", "<SignatureProvided>", "X-AMZ-Security-Token:", "signature="]),
        ) {
            let told = of(&format!("{before}{mark}abad1dea{after}"));
            let end = told.find("abad1dea");
            prop_assert!(end.is_none() || before.contains("abad1dea") || after.contains("abad1dea"), "{}", told);
        }

        #[test]
        fn any_bytes_are_text(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = answer(200, [].into_iter(), &body, None);
        }
    }
}
