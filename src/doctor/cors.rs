//! Whether a bucket lets a web page call it: its rules read as the store reads them, the answer to a preflight, and the rule that
//! is missing, ready to be pasted.

use serde::Serialize;

use super::{Check, Finding, Paste};
use crate::presign::probe::ProbeAnswer;
use crate::s3::address::Endpoint;
use crate::s3::text::visible;

/// What a page wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it comes from: `https://app.example.com`, as a browser writes it.
    pub origin: String,
    /// `GET`, `PUT` and the like.
    pub method: String,
    /// The headers that its browser asks leave for, in lower case.
    pub headers: Vec<String>,
}

impl Page {
    /// A page of `origin`, with the header that every upload of a page has, where none are named.
    pub fn new(origin: &Endpoint, method: &str, headers: Vec<String>) -> Self {
        let headers = match headers.is_empty() && method == "PUT" {
            true => vec!["content-type".to_owned()],
            false => headers,
        };
        Self { origin: origin.to_string(), method: method.to_owned(), headers }
    }

    /// Reads `https://app.example.com` with a method behind it, GET where there is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (origin, method, more) = (words.next().unwrap_or_default(), words.next(), words.next());
        let method = method.unwrap_or("GET").to_ascii_uppercase();
        if more.is_some() || !METHODS.contains(&method.as_str()) {
            return Err(format!("write an origin and one of {}: https://app.example.com PUT", METHODS.join(", ")));
        }
        let origin = Endpoint::parse(origin).map_err(|error| error.to_string())?;
        Ok(Self::new(&origin, &method, Vec::new()))
    }
}

/// What a page can ask of a bucket by its links.
const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "DELETE", "POST"];

/// One rule of a bucket. Serialised as the AWS CLI takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rule {
    /// Its name.
    #[serde(rename = "ID", skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Origins, each with at most one `*`.
    pub allowed_origins: Vec<String>,
    /// Methods.
    pub allowed_methods: Vec<String>,
    /// Headers that a page may send, each with at most one `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_headers: Vec<String>,
    /// Headers of the answer that a page may read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// How long a browser remembers the answer, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
}

/// What is known of a bucket's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// These, in their order; none where there are none.
    Rules(Vec<Rule>),
    /// They cannot be read, for this reason.
    Unread(String),
    /// The store keeps none, by this answer.
    Unsupported(String),
}

/// The first rule that allows all that the page wants, by its place, counted from zero (Amazon S3 User Guide, "How does Amazon S3
/// evaluate the CORS configuration on a bucket").
pub fn first_match(rules: &[Rule], page: &Page) -> Option<usize> {
    rules.iter().position(|rule| {
        rule.allowed_origins.iter().any(|pattern| fits(pattern, &page.origin))
            && rule.allowed_methods.contains(&page.method)
            && page.headers.iter().all(|name| {
                rule.allowed_headers
                    .iter()
                    .any(|pattern| fits(&pattern.to_ascii_lowercase(), &name.to_ascii_lowercase()))
            })
    })
}

/// Whether `text` is `pattern`, in which the first `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => text.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        None => pattern == text,
    }
}

/// What the rules say to the page; with the missing one, where none allows it.
pub fn by_rules(bucket: &str, known: &Known, page: &Page) -> Finding {
    let wanted = shown(page);
    let rules = match known {
        Known::Rules(rules) => rules,
        Known::Unread(why) => {
            return Finding::note(Check::CorsRules, bucket, format!("the rules cannot be read: {why}"), "");
        }
        Known::Unsupported(said) => {
            return Finding::note(Check::CorsRules, bucket, format!("this store keeps no rules: {said}"), "");
        }
    };
    if let Some(place) = first_match(rules, page) {
        let number = place + 1;
        return Finding::ok(Check::CorsRules, bucket, format!("rule {number} of {} allows {wanted}", rules.len()));
    }
    let evidence = match rules.len() {
        0 => format!("the bucket has no rules, so no page may call it; wanted is {wanted}"),
        1 => format!("the one rule does not allow {wanted}: {}", nearest(rules, page)),
        count => format!("none of the {count} rules allows {wanted}: {}", nearest(rules, page)),
    };
    let remedy = "put these rules, which are those of now and the missing one: they replace all that are there";
    let mut finding = Finding::fault(Check::CorsRules, bucket, evidence, remedy);
    let whole: Vec<Rule> = rules.iter().cloned().chain([missing(page)]).collect();
    finding.paste = pastes(&whole);
    finding
}

/// What the store answers to the browser of the page. `known` tells whether the rules say so, too.
pub fn by_preflight(url: &str, answer: &ProbeAnswer, page: &Page, known: &Known) -> Finding {
    let header = |name: &str| answer.header(name).unwrap_or_default();
    let list = |name: &str| header(name).split(',').map(|word| word.trim().to_ascii_lowercase()).collect::<Vec<_>>();
    let origin = header("access-control-allow-origin");
    let (methods, headers) = (list("access-control-allow-methods"), list("access-control-allow-headers"));
    let allows =
        |words: &[String], word: &str| words.iter().any(|known| known == "*" || known == &word.to_ascii_lowercase());
    let refusal = match () {
        () if !(200..300).contains(&answer.status) => Some(format!("it answered with status {}", answer.status)),
        () if origin.is_empty() => Some("its answer names no allowed origin".to_owned()),
        () if origin != "*" && origin != page.origin => Some(format!("its answer allows only {origin}")),
        // Browsers let these three pass without being named (Fetch, "CORS-preflight fetch").
        () if !allows(&methods, &page.method) && !matches!(page.method.as_str(), "GET" | "HEAD" | "POST") => {
            Some(format!("its answer does not allow {}", page.method))
        }
        () => {
            let refused = page.headers.iter().find(|name| !allows(&headers, name));
            refused.map(|name| format!("its answer does not allow the header {name}"))
        }
    };
    let Some(why) = refusal else {
        return Finding::ok(Check::Preflight, url, format!("the browser of the page is let through: {}", shown(page)));
    };
    let remedy = match known {
        Known::Rules(rules) if first_match(rules, page).is_some() => {
            "the rules allow it, so wait some minutes until they are in force, or look for a proxy or CDN in between that \
             answers OPTIONS itself"
        }
        Known::Rules(_) => "add the missing rule",
        Known::Unread(_) => "add this rule to those that are there: putting rules replaces all of them",
        Known::Unsupported(_) => "let pages from there in by the settings of the store itself, or of a proxy before it",
    };
    let mut finding = Finding::fault(Check::Preflight, url, format!("{why}; wanted is {}", shown(page)), remedy);
    if matches!(known, Known::Unread(_)) {
        finding.paste = pastes(&[missing(page)]);
    }
    finding
}

/// `PUT from https://app.example.com with content-type`.
fn shown(page: &Page) -> String {
    let Page { origin, method, headers } = page;
    match headers.is_empty() {
        true => format!("{method} from {origin}"),
        false => format!("{method} from {origin} with {}", headers.join(", ")),
    }
}

/// Which part of the page's wish the rules for its origin leave out.
fn nearest(rules: &[Rule], page: &Page) -> String {
    let of_origin: Vec<Rule> = rules
        .iter()
        .filter(|rule| rule.allowed_origins.iter().any(|pattern| fits(pattern, &page.origin)))
        .cloned()
        .collect();
    let without_headers = Page { headers: Vec::new(), ..page.clone() };
    if of_origin.is_empty() {
        "none is for this origin".to_owned()
    } else if first_match(&of_origin, &without_headers).is_none() {
        format!("those for this origin do not allow {}", page.method)
    } else {
        format!("those for this origin and {} do not allow all headers", page.method)
    }
}

/// The narrowest rule that lets the page in.
fn missing(page: &Page) -> Rule {
    let readable: &[&str] = match page.method.as_str() {
        "GET" | "HEAD" => &["ETag", "Content-Length", "Content-Range", "Accept-Ranges"],
        _ => &["ETag"],
    };
    Rule {
        id: String::new(),
        allowed_origins: vec![page.origin.clone()],
        allowed_methods: vec![page.method.clone()],
        allowed_headers: page.headers.clone(),
        expose_headers: readable.iter().map(|name| (*name).to_owned()).collect(),
        max_age_seconds: Some(3_600),
    }
}

/// Rules in both of the forms in which they are put.
fn pastes(rules: &[Rule]) -> Vec<Paste> {
    #[derive(Serialize)]
    struct Configuration<'a> {
        #[serde(rename = "CORSRules")]
        rules: &'a [Rule],
    }
    let paste = |what: &str, text: &str| {
        // Rules that a store sent may hold anything.
        let lines: Vec<_> = text.lines().map(visible).collect();
        Paste { what: what.to_owned(), text: lines.join("\n") }
    };
    // Texts and numbers can always be written.
    let json = serde_json::to_string_pretty(&Configuration { rules }).unwrap_or_default();
    vec![
        paste("As XML, for PutBucketCors", &xml(rules)),
        paste("As JSON, for aws s3api put-bucket-cors --cors-configuration", &json),
    ]
}

fn xml(rules: &[Rule]) -> String {
    let mut lines = vec!["<CORSConfiguration>".to_owned()];
    for rule in rules {
        let id = (!rule.id.is_empty()).then(|| rule.id.clone());
        let age = rule.max_age_seconds.map(|seconds| seconds.to_string());
        let fields = [
            ("ID", id.as_slice()),
            ("AllowedOrigin", &rule.allowed_origins),
            ("AllowedMethod", &rule.allowed_methods),
            ("AllowedHeader", &rule.allowed_headers),
            ("ExposeHeader", &rule.expose_headers),
            ("MaxAgeSeconds", age.as_slice()),
        ];
        lines.push("  <CORSRule>".to_owned());
        for (name, values) in fields {
            lines.extend(values.iter().map(|value| format!("    <{name}>{}</{name}>", escaped(value))));
        }
        lines.push("  </CORSRule>".to_owned());
    }
    lines.push("</CORSConfiguration>".to_owned());
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    fn rule(origins: &str, methods: &str, headers: &str) -> Rule {
        Rule {
            allowed_origins: words(origins),
            allowed_methods: words(methods),
            allowed_headers: words(headers),
            ..Rule::default()
        }
    }

    fn page(origin: &str, method: &str, headers: &str) -> Page {
        Page { origin: origin.to_owned(), method: method.to_owned(), headers: words(headers) }
    }

    #[test]
    fn the_first_rule_that_allows_origin_method_and_all_headers_wins() {
        let rules = [
            rule("https://*.shop.example", "PUT", "content-type X-Amz-*"),
            rule("https://app.example http://localhost:3000", "GET PUT", ""),
            rule("*", "GET HEAD", "*"),
        ];
        for (wanted, expected) in [
            (page("https://www.shop.example", "PUT", "content-type x-amz-meta-a"), Some(0)),
            (page("https://www.shop.example", "PUT", "authorization"), None),
            (page("https://shop.example", "PUT", ""), None),
            (page("https://app.example", "PUT", ""), Some(1)),
            (page("https://app.example", "PUT", "content-type"), None),
            (page("https://app.example", "GET", "range"), Some(2)),
            (page("https://app.example.evil", "PUT", ""), None),
            (page("https://elsewhere.example", "DELETE", ""), None),
        ] {
            assert_eq!(first_match(&rules, &wanted), expected, "{wanted:?}");
        }
        // The parts before and after the star may not overlap.
        assert!(!fits("aba*ba", "aba") && fits("aba*ba", "ababa") && fits("*", ""));
    }

    #[test]
    fn the_missing_rule_comes_with_those_of_now_in_xml_and_json() {
        let now = Rule { id: "old & good".to_owned(), ..rule("https://a.example", "GET", "") };
        let wanted = page("https://app.example", "PUT", "content-type");
        let found = by_rules("s3://b", &Known::Rules(vec![now]), &wanted);
        assert_eq!(found.severity, Severity::Fault);
        assert!(found.evidence.contains("none is for this origin"), "{found:?}");
        let expected = "<CORSConfiguration>\n  <CORSRule>\n    <ID>old &amp; good</ID>\n    \
            <AllowedOrigin>https://a.example</AllowedOrigin>\n    <AllowedMethod>GET</AllowedMethod>\n  </CORSRule>\n  \
            <CORSRule>\n    <AllowedOrigin>https://app.example</AllowedOrigin>\n    <AllowedMethod>PUT</AllowedMethod>\n    \
            <AllowedHeader>content-type</AllowedHeader>\n    <ExposeHeader>ETag</ExposeHeader>\n    \
            <MaxAgeSeconds>3600</MaxAgeSeconds>\n  </CORSRule>\n</CORSConfiguration>";
        assert_eq!(found.paste[0].text, expected);
        let json: serde_json::Value = serde_json::from_str(&found.paste[1].text).unwrap();
        let expected = serde_json::json!({ "CORSRules": [
            { "ID": "old & good", "AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET"] },
            {
                "AllowedOrigins": ["https://app.example"], "AllowedMethods": ["PUT"],
                "AllowedHeaders": ["content-type"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3600,
            },
        ]});
        assert_eq!(json, expected);
    }

    #[test]
    fn what_the_rules_leave_out_is_named() {
        let rules = Known::Rules(vec![rule("https://app.example", "PUT", "content-type")]);
        for (wanted, severity, part) in [
            (page("https://app.example", "PUT", "content-type"), Severity::Ok, "rule 1 of 1 allows"),
            (page("https://app.example", "GET", ""), Severity::Fault, "do not allow GET"),
            (page("https://app.example", "PUT", "x-amz-acl"), Severity::Fault, "do not allow all headers"),
        ] {
            let found = by_rules("s3://b", &rules, &wanted);
            assert_eq!(found.severity, severity, "{found:?}");
            assert!(found.evidence.contains(part), "{found:?}");
        }
        let none = by_rules("s3://b", &Known::Rules(Vec::new()), &page("https://a.example", "GET", ""));
        assert!(none.evidence.contains("has no rules") && none.paste.len() == 2, "{none:?}");
        let unread = by_rules("s3://b", &Known::Unread("403".to_owned()), &page("https://a.example", "GET", ""));
        assert_eq!((unread.severity, unread.paste.len()), (Severity::Note, 0));
    }

    #[test]
    fn a_preflight_is_read_as_a_browser_reads_it() {
        let wanted = page("https://app.example", "PUT", "content-type");
        let known = Known::Rules(vec![rule("*", "PUT", "*")]);
        let answer = |status, headers: &[(&str, &str)]| ProbeAnswer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        };
        let (origin, methods, headers) =
            ("access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers");
        let all = |o, m, h| answer(200, &[(origin, o), (methods, m), (headers, h)]);
        for (answer, severity, part) in [
            (all("*", "GET, PUT", "Content-Type"), Severity::Ok, "let through"),
            (all("https://app.example", "PUT", "*"), Severity::Ok, "let through"),
            (all("https://other.example", "PUT", "*"), Severity::Fault, "allows only https://other.example"),
            (all("*", "GET", "*"), Severity::Fault, "does not allow PUT"),
            (all("*", "PUT", "x-amz-acl"), Severity::Fault, "the header content-type"),
            (answer(200, &[]), Severity::Fault, "names no allowed origin"),
            (answer(403, &[(origin, "*")]), Severity::Fault, "status 403"),
        ] {
            let found = by_preflight("https://s3.example/b/k", &answer, &wanted, &known);
            assert_eq!(found.severity, severity, "{found:?}");
            assert!(found.evidence.contains(part), "{found:?}");
            assert!(severity == Severity::Ok || found.remedy.contains("proxy or CDN"), "{found:?}");
        }
        let without = by_preflight("u", &answer(400, &[]), &wanted, &Known::Unsupported("501".to_owned()));
        assert_eq!((without.severity, without.paste.len()), (Severity::Fault, 0), "{without:?}");
        let unread = by_preflight("u", &answer(403, &[]), &wanted, &Known::Unread("403".to_owned()));
        assert_eq!(unread.paste.len(), 2, "{unread:?}");
    }
}
