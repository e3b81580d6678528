//! Links that were signed, damaged and changed, and what is said of them.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::*;
use crate::presign::expiry::Expiry;
use crate::presign::probe::{self, ProbeAnswer};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::sign::sign;
use crate::presign::sigv4::encode;
use crate::s3::address::{AddressingStyle, Endpoint};
use crate::s3::catalogue::Check;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::{BucketName, Key};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjE+XAM/PLE==";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-25T12:00:00Z")
}

fn key(name: &str, id: &str, secret: &str) -> KnownKey {
    let credentials = SigningCredentials {
        access_key_id: id.to_owned(),
        secret_access_key: secret.into(),
        session_token: None,
        expires: None,
        source: name.to_owned(),
    };
    KnownKey { name: name.to_owned(), credentials, address: None }
}

fn known() -> KnownKey {
    KnownKey { address: Some(address(AddressingStyle::Path)), ..key("profile support", ID, SECRET) }
}

fn address(style: AddressingStyle) -> Address {
    Address { endpoint: Endpoint::parse("https://s3.example.com").unwrap(), region: "us-east-1".to_owned(), style }
}

fn request(method: Method, object_key: &str) -> LinkRequest {
    let object = ObjectId::current(BucketName::parse("reports").unwrap(), Key::parse(object_key).unwrap());
    LinkRequest::new(method, object, Expiry::parse("15m").unwrap())
}

fn link_at(request: &LinkRequest, address: &Address) -> String {
    sign(request, address, &known().credentials, noon()).unwrap().url.expose().to_owned()
}

fn link() -> String {
    link_at(&request(Method::Get, "2026/Q3 a+b.pdf"), &address(AddressingStyle::Path))
}

fn inspected(text: &str) -> Report {
    inspect(text, &[known()], noon())
}

fn url(report: &Report) -> &str {
    report.repaired_url.as_ref().map_or("", |url| url.expose())
}

fn texts(report: &Report) -> String {
    report.findings.iter().map(|finding| format!("{:?} {}\n", finding.severity, finding.text)).collect()
}

#[test]
fn every_vector_is_recognised() {
    let file: Value = serde_json::from_str(include_str!("../../../tests/data/sigv4_vectors.json")).unwrap();
    let mut met = 0;
    for group in ["s3_presigned_published", "s3_presigned_derived"] {
        for vector in file[group].as_array().unwrap() {
            let text = |name: &str| vector[name].as_str().unwrap();
            let now = signature::claims(&Url::parse(vector["expect"]["url"].as_str().unwrap()).unwrap());
            let now = now.signed_at.unwrap().unwrap();
            let key = key("vector", text("access_key"), text("secret_key"));
            let report = inspect(vector["expect"]["url"].as_str().unwrap(), &[key], now);
            let facts = report.link.unwrap();
            assert_eq!(facts.proof, Proof::Right { key: "vector".to_owned() }, "{}", vector["id"]);
            let MethodFact::Proven(method) = facts.method else { panic!("{}", vector["id"]) };
            assert_eq!(method.as_str(), text("method"), "{}", vector["id"]);
            assert_eq!(facts.expires_in, vector["expires"].as_i64());
            let whole = match facts.style {
                Style::Virtual => format!("/{}", facts.key),
                Style::Path | Style::PathPresumed => format!("/{}/{}", facts.bucket, facts.key),
            };
            assert_eq!(whole, text("key_or_path"));
            assert!(report.repairs.is_empty() && report.verdict.is_good(), "{} {}", vector["id"], report.verdict);
            met += 1;
        }
    }
    assert_eq!(met, 13);
    let old = &file["sigv2_query_legacy"][0];
    let report = inspect(old["expect"]["url"].as_str().unwrap(), &[], at("2007-03-29T03:00:00Z"));
    let facts = report.link.unwrap();
    assert_eq!((facts.signature_version, facts.bucket.as_str()), (SignatureVersion::V2, "johnsmith"));
    assert_eq!(facts.ends_at, Timestamp::from_second(1_175_139_620).ok());
    assert!(matches!(report.verdict, Verdict::Works { certainty: Certainty::Unproven, .. }), "{}", report.verdict);
}

#[test]
fn a_good_link_is_told_whole() {
    let report = inspected(&link());
    assert_eq!(report.verdict.to_string(), "This link is good until 25 Nov 2026 12:15 UTC, for 15 minutes more.");
    let lines = report.lines(&TimeZone::UTC);
    assert_eq!(
        lines,
        [
            "This link is good until 25 Nov 2026 12:15 UTC, for 15 minutes more.",
            "",
            "Signed      Signature Version 4; signature right, by the key of profile support",
            "Signed by   AKIA…MPLE, which is profile support",
            "Method      GET",
            "Bucket      reports",
            "Key         2026/Q3 a+b.pdf",
            "Host        s3.example.com",
            "Region      us-east-1",
            "Signed at   2026-11-25 12:00:00 UTC",
            "Lifetime    15 minutes",
            "Ends at     2026-11-25 12:15:00 UTC",
        ]
    );
}

#[test]
fn nothing_that_is_shown_holds_signature_token_or_query() {
    let mut known = known();
    known.credentials.session_token = Some(TOKEN.into());
    known.credentials.access_key_id = "ASIAIOSFODNN7EXAMPLE".to_owned();
    let request = request(Method::Get, "a");
    let link = sign(&request, &address(AddressingStyle::Path), &known.credentials, noon()).unwrap();
    let link = link.url.expose();
    let signature = link.split_once("X-Amz-Signature=").unwrap().1;
    let error = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>see {link}</Message><SignatureProvided>{signature}\
         </SignatureProvided><CanonicalRequest>GET\n/a\nX-Amz-Security-Token={TOKEN}</CanonicalRequest></Error>"
    );
    for text in [link.to_owned(), format!("{link}\n{error}"), link.replace("us-east-1", "eu-west-1"), error.clone()] {
        let report = inspect(&text, std::slice::from_ref(&known), noon());
        let json = serde_json::to_string(&report).unwrap();
        let shown = format!("{report:?} {json} {}", report.lines(&TimeZone::UTC).join("\n"));
        for secret in [signature, SECRET, TOKEN, "IQoJb3JpZ2luX2VjE", "X-Amz-Date=", "ASIAIOSFODNN7EXAMPLE"] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
}

#[test]
fn time_decides_before_the_signature_does() {
    let wrong = link().replace("Q3", "Q4");
    let on = |text: &str, now: &str| inspect(text, &[known()], at(now)).verdict.to_string();
    assert_eq!(
        on(&wrong, "2026-11-25T15:16:00Z"),
        "This link expired 3 hours ago (25 Nov 2026 12:15 UTC); ask for a new one."
    );
    assert_eq!(on(&link(), "2026-11-25T12:15:00Z"), on(&wrong, "2026-11-25T12:15:00Z"));
    assert!(on(&wrong, "2026-11-25T12:14:59Z").contains("signature does not fit"));
    assert!(on(&link(), "2026-11-25T11:00:00Z").starts_with("This link is dated 1 hour ahead"));
    let report = inspect(&link(), &[known()], at("2026-11-25T11:55:00Z"));
    assert!(report.verdict.is_good() && texts(&report).contains("dated 5 minutes ahead"));
}

#[test]
fn a_link_ends_with_the_session_that_is_known_to_end() {
    let mut temporary = known();
    temporary.credentials.session_token = Some(TOKEN.into());
    temporary.credentials.expires = Some(at("2026-11-25T12:04:00Z"));
    let link =
        sign(&request(Method::Get, "a"), &address(AddressingStyle::Path), &temporary.credentials, noon()).unwrap();
    let report = inspect(link.url.expose(), &[temporary], noon());
    assert_eq!(report.link.unwrap().ends_at, Some(at("2026-11-25T12:04:00Z")));
    assert!(matches!(report.verdict, Verdict::Works { seconds_left: 240, .. }));
}

#[test]
fn a_cut_link_is_told_from_its_first_lost_character_on() {
    let link = link();
    for length in (0..link.len()).rev() {
        let report = inspected(link.get(..length).unwrap());
        match &report.verdict {
            Verdict::CutOff { missing } => assert!(!missing.is_empty()),
            verdict => assert!(
                matches!(verdict, Verdict::NotSigned | Verdict::NoLink) && length <= link.find("X-Amz-S").unwrap(),
                "{length} {verdict}"
            ),
        }
    }
    let cut = link.split_once("&X-Amz-Signature").unwrap().0;
    assert_eq!(
        inspected(cut).verdict.to_string(),
        "This link is cut off: the signature at its end is missing. Copy the whole link."
    );
}

#[test]
fn what_could_never_work_says_why() {
    let long = link().replace("X-Amz-Expires=900", "X-Amz-Expires=604801");
    let date = link().replace("X-Amz-Date=20261125T120000Z", "X-Amz-Date=20261125T126000Z");
    let day = link().replace("20261125%2F", "20261124%2F");
    let temporary = link().replace("AKIA", "ASIA");
    let b2 = "https://s3.us-west-004.backblazeb2.com/reports/a";
    let query = link().split_once('?').unwrap().1.to_owned();
    let master = format!("{b2}?{}", query.replace(ID, "0123456789ab").replace("us-east-1", "us-west-004"));
    let region = format!("{b2}?{}", query.replace(ID, "0041234567890ab0000000001"));
    let old = format!("{b2}?AWSAccessKeyId=x&Expires=1795608900&Signature=abc%3D");
    for (link, why) in [
        (long, "604800 seconds"),
        (date, "X-Amz-Date"),
        (day, "the day in its credential"),
        (temporary, "session token"),
        (master, "master key"),
        (region, "signed for the region us-east-1, and its host is in us-west-004"),
        (old, "Signature Version 2, which Backblaze B2 refuses"),
        (link().replace("HMAC-SHA256", "HMAC-SHA1"), "algorithm"),
        (link().replace("SignedHeaders=host", "SignedHeaders=content-type"), "its host is not among"),
    ] {
        let report = inspect(&link, &[], noon());
        assert!(matches!(report.verdict, Verdict::DeadOnArrival { .. }), "{why}: {}", report.verdict);
        assert!(report.verdict.to_string().contains(why), "{why}: {}", report.verdict);
    }
}

#[test]
fn what_a_store_takes_is_not_called_dead() {
    for (from, to) in [
        ("https://s3.example.com/reports", "https://s3.eu-de.cloud-object-storage.appdomain.cloud/reports"),
        ("%2Fs3%2F", "%2Fs3-outposts%2F"),
        ("/reports/2026/Q3%20a%2Bb.pdf", "/"),
    ] {
        let link = link().replace("X-Amz-Expires=900", "X-Amz-Expires=604800").replace(from, to);
        let long = if to.contains("appdomain") { link.replace("604800", "31536000") } else { link };
        let report = inspect(&long, &[], noon());
        assert!(report.verdict.is_good(), "{to}: {}", report.verdict);
    }
}

#[test]
fn other_schemes_are_told_apart() {
    let of = |text: &str| inspected(text).link.unwrap().signature_version;
    assert_eq!(of(&link().replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")), SignatureVersion::V4a);
    assert_eq!(of("https://storage.googleapis.com/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256"), SignatureVersion::Goog4);
    assert_eq!(of("https://d1.cloudfront.net/k?Expires=1&Signature=a&Key-Pair-Id=K"), SignatureVersion::CloudFront);
    assert_eq!(of("https://example.com/b/k?versionId=1"), SignatureVersion::None);
    assert_eq!(inspected("https://example.com/b/k").verdict, Verdict::NotSigned);
    assert_eq!(inspected("it does not work!").verdict, Verdict::NoLink);
}

/// One change after signing, and what is said of it.
#[test]
fn the_one_difference_that_explains_a_wrong_signature_is_named() {
    let path_style = address(AddressingStyle::Path);
    let link = link();
    let resigned = |canonical_change: &dyn Fn(&str) -> String| {
        // A signer with a habit of its own: the same link with the signature of another canonical request.
        let (before, _) = link.split_once("&X-Amz-Signature=").unwrap();
        let (path, query) = before.strip_prefix("https://s3.example.com").unwrap().split_once('?').unwrap();
        let request = format!("GET\n{path}\n{query}\nhost:s3.example.com\n\nhost\nUNSIGNED-PAYLOAD");
        let scope = super::super::sigv4::Scope {
            day: "20261125".to_owned(),
            region: "us-east-1".to_owned(),
            service: "s3".to_owned(),
        };
        let stamp = super::super::sigv4::Stamp::new(noon());
        let to_sign = super::super::sigv4::string_to_sign_of(&stamp, &scope, &canonical_change(&request));
        let signature = super::super::sigv4::SigningKey::derive(&SECRET.into(), &scope).sign(&to_sign);
        format!("{before}&X-Amz-Signature={signature}")
    };
    let eu =
        Address { endpoint: Endpoint::parse("https://fra1.digitaloceanspaces.com").unwrap(), ..path_style.clone() };
    let for_region = |region: &str| Address { region: region.to_owned(), ..eu.clone() };
    let get = request(Method::Get, "2026/Q3 a+b.pdf");
    for (changed, expected) in [
        (resigned(&|request| request.replace("host:s3.example.com", "host:s3.example.com:443")), "Port"),
        (link.replace("https://s3.example.com/reports/", "https://reports.s3.example.com/"), "Style"),
        (link_at(&get, &for_region("fra1")).replace("fra1%2F", "ams3%2F"), "Region {"),
        (
            link_at(&get, &for_region("fra1")).replace("https://fra1.", "https://ams3."),
            "RegionInHost { signed: \"fra1.digitaloceanspaces.com\"",
        ),
        (resigned(&|request| request.replace("%20a%2Bb", "%2520a%252Bb")), "PathEncodedTwice"),
        (link.replace("%20a%2Bb", "%2520a%252Bb"), "PathEncodedOnce"),
        (link.replace("%20a%2Bb", "%20a%20b").replace("Q3%20a%20b", "Q3%2Ba%2Bb"), "SecretOrText"),
        (resigned(&|request| request.replace("%20", "+")), "SpaceAsPlus"),
        (resigned(&|request| request.replace("%2F", "%2f").replace("%2B", "%2b")), "LowerCaseEscapes"),
        (format!("{link}&utm_source=mail&fbclid=1"), "AddedParameters { names: [\"utm_source\", \"fbclid\"] }"),
        (resigned(&|request| request.replace("UNSIGNED-PAYLOAD", &hash_of_nothing())), "EmptyBody"),
        (link.replace("s3.example.com", "files.example.org"), "Host { signed: \"s3.example.com\" }"),
        (link.replace("Q3", "Q4"), "SecretOrText"),
    ] {
        let report = inspected(&changed);
        let Verdict::WrongSignature { because } = &report.verdict else { panic!("{expected}: {:?}", report.verdict) };
        assert!(format!("{because:?}").starts_with(expected), "{expected}: {because:?}");
    }
}

fn hash_of_nothing() -> String {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned()
}

#[test]
fn of_several_keys_with_one_id_the_right_one_is_named() {
    let other = key("store old", ID, "another secret");
    let report = inspect(&link(), &[other, known()], noon());
    assert_eq!(report.link.as_ref().unwrap().proof, Proof::Right { key: "profile support".to_owned() });
    assert!(texts(&report).contains("store old has the same key id"));
}

#[test]
fn an_upload_is_told_with_what_must_be_sent_and_what_it_leaves_open() {
    let mut put = request(Method::Put, "in.pdf");
    put.headers = vec![("content-type".to_owned(), "application/pdf".to_owned())];
    let report = inspected(&link_at(&put, &address(AddressingStyle::Path)));
    let facts = report.link.as_ref().unwrap();
    assert_eq!(facts.method, MethodFact::Proven(Method::Put));
    assert_eq!(facts.headers_to_send, [("content-type".to_owned(), Some("application/pdf".to_owned()))]);
    let texts = texts(&report);
    assert!(texts.contains("any size") && texts.contains("overwrites") && !texts.contains("any content type"));

    put.headers.push(("content-length".to_owned(), "1234".to_owned()));
    let report = inspected(&link_at(&put, &address(AddressingStyle::Path)));
    assert!(matches!(report.verdict, Verdict::Works { certainty: Certainty::Unproven, .. }));
    let facts = report.link.unwrap();
    assert_eq!(facts.method, MethodFact::Likely(Method::Put));
    assert_eq!(facts.proof, Proof::HeadersUnknown { headers: vec!["content-length".to_owned()] });
}

#[test]
fn what_the_server_saw_is_compared_line_by_line() {
    let (before, signature) = {
        let link = link();
        let (before, signature) = link.split_once("&X-Amz-Signature=").unwrap();
        (before.to_owned(), signature.to_owned())
    };
    let query = before.split_once('?').unwrap().1.replace('&', "&amp;");
    let error = |method: &str, path: &str, header: &str| {
        format!(
            "{}\n<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>{signature}</SignatureProvided>\
             <CanonicalRequest>{method}\n{path}\n{query}\n{header}\n\nhost\nUNSIGNED-PAYLOAD</CanonicalRequest></Error>",
            link()
        )
    };
    let (path, host) = ("/reports/2026/Q3%20a%2Bb.pdf", "host:s3.example.com");
    for (text, finding) in [
        (error("HEAD", path, host), "the method: signed for GET, sent as HEAD"),
        (error("GET", "/reports/2026/Q3", host), "the path: signed as `/reports/2026/Q3%20a%2Bb.pdf`, sent as"),
        (error("GET", path, "host:proxy.example.com"), "the header: host"),
        (error("GET", path, host), "the server saw the link as it is here"),
        (error("GET", path, host).replace(&format!("{signature}</"), "0</"), "about another link"),
    ] {
        let report = inspected(&text);
        assert_eq!(report.told.as_ref().unwrap().code.as_deref(), Some("SignatureDoesNotMatch"));
        assert!(texts(&report).contains(finding), "{finding}: {}", texts(&report));
    }
    let of_a_stranger = inspect(&error("HEAD", path, host), &[], noon());
    assert!(!texts(&of_a_stranger).contains("signed for GET"), "a method that was not proven is no evidence");
    let expired = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
        <Expires>2026-11-25T09:00:00Z</Expires><ServerTime>2026-11-25T11:59:00Z</ServerTime></Error>";
    assert!(inspected(expired).verdict.to_string().contains("expired 3 hours ago (25 Nov 2026 09:00 UTC)"));
}

#[test]
fn what_a_link_risks_is_told() {
    let mut html = request(Method::Get, "a/../b");
    html.query = vec![("response-content-type".to_owned(), "text/html".to_owned())];
    html.lifetime = Expiry::parse("3d").unwrap().into();
    let plain =
        Endpoint::parse("http://s3.example.com").unwrap().with_plain_http(crate::s3::address::PlainHttp::Anywhere);
    let report = inspected(&link_at(&html, &Address { endpoint: plain, ..address(AddressingStyle::Path) }));
    let texts = texts(&report);
    for risk in ["http://", "for 3 days more", "--path-as-is", "scripts"] {
        assert!(texts.contains(risk), "{risk} is not in {texts}");
    }
}

/// What is done to a link.
type Damage = fn(&str) -> String;

/// Everything that is done to links on their way, and the repair that it needs.
fn damages() -> Vec<(Damage, Option<Repair>)> {
    fn wrapped_at(link: &str, width: usize, end: &str) -> String {
        let bytes: Vec<char> = link.chars().collect();
        bytes.chunks(width).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join(end)
    }
    fn quoted_printable(link: &str) -> String {
        let mut lines = vec![String::new()];
        for c in link.chars() {
            let shown = if c == '=' { "=3D".to_owned() } else { c.to_string() };
            if lines.last().unwrap().len() + shown.len() > 75 {
                lines.push(String::new());
            }
            lines.last_mut().unwrap().push_str(&shown);
        }
        lines.join("=\r\n")
    }
    vec![
        (|link| format!("  {link}\n"), None),
        (|link| format!("<{link}>"), Some(Repair::TakenOutOfText)),
        (|link| format!("\"{link}\""), Some(Repair::TakenOutOfText)),
        (|link| format!("Hi,\nthe link {link} says AccessDenied.\nThanks\n"), Some(Repair::TakenOutOfText)),
        (|link| format!("see {link}."), Some(Repair::TextBehind)),
        (|link| format!("[the report]({link})."), Some(Repair::TextBehind)),
        (|link| link.replace('&', "&amp;"), Some(Repair::HtmlEntities)),
        (|link| format!("<a href=\"{}\">report</a>", link.replace('&', "&amp;")), Some(Repair::HtmlEntities)),
        (|link| link.replace('&', "&amp;amp;"), Some(Repair::HtmlEntities)),
        (|link| wrapped_at(link, 76, "\r\n"), Some(Repair::LinesJoined)),
        (|link| wrapped_at(link, 61, "\n") + "\n\nThanks, Ann\n", Some(Repair::LinesJoined)),
        (|link| format!("> {}\n> Ann", wrapped_at(link, 70, "\n> ")), Some(Repair::LinesJoined)),
        (|link| format!("Hi,\r\n{}\r\nThanks", quoted_printable(link)), Some(Repair::QuotedPrintable)),
        (
            |link| format!("<a href=3D\"{}\">x</a>", quoted_printable(&link.replace('&', "&amp;"))),
            Some(Repair::QuotedPrintable),
        ),
        (|link| link.replace('&', "\\u0026"), Some(Repair::Backslashes)),
        (|link| link.replace('&', "\\&").replace('?', "\\?").replace('=', "\\="), Some(Repair::Backslashes)),
        (|link| link.replace('/', "/\u{200B}"), Some(Repair::InvisibleCharacters)),
        (|link| link.replace('%', "%25"), Some(Repair::EncodedTwice)),
        (|link| encode(link.as_bytes(), b""), Some(Repair::EncodedTwice)),
        (
            |link| {
                let (before, query) = link.split_once('?').unwrap();
                format!("{before}?{}", encode(query.as_bytes(), b""))
            },
            Some(Repair::EncodedTwice),
        ),
        (
            |link| {
                let (before, query) = link.split_once('?').unwrap();
                format!("{before}%3F{}", encode(query.as_bytes(), b""))
            },
            Some(Repair::EncodedTwice),
        ),
        (|link| link.replace("X-Amz-", "x-amz-"), Some(Repair::ParameterCase)),
        (|link| link.strip_prefix("https://").unwrap().to_owned(), Some(Repair::SchemeAdded)),
        (
            |link| {
                format!(
                    "https://x.safelinks.protection.outlook.com/?url={}&data=05%7C&reserved=0",
                    encode(link.as_bytes(), b"")
                )
            },
            Some(Repair::SafeLink),
        ),
        (
            |link| {
                let google = format!("https://www.google.com/url?q={}&sa=D", encode(link.as_bytes(), b""));
                format!("https://x.safelinks.protection.outlook.com/?url={}&data=1", encode(google.as_bytes(), b""))
            },
            Some(Repair::SafeLink),
        ),
        (|link| format!("<https://urldefense.com/v3/__{link}__;!!abc!def$>"), Some(Repair::SafeLink)),
    ]
}

#[derive(Clone, Debug)]
struct Signed {
    link: String,
    method: Method,
    key: String,
}

fn signed() -> impl Strategy<Value = Signed> {
    let keys =
        prop_oneof!["[a-zA-Z0-9/._ -]{1,40}", "[ -~]{1,40}", any::<String>().prop_filter("a key", |k| !k.is_empty())];
    let methods = select(vec![Method::Get, Method::Head, Method::Put, Method::Delete]);
    let styles = select(vec![AddressingStyle::Path, AddressingStyle::Virtual]);
    let versions = proptest::option::of("[A-Za-z0-9._~/+=]{1,32}");
    let headers =
        select(vec![vec![], vec![("if-none-match", "*")], vec![("content-type", "text/csv"), ("if-none-match", "*")]]);
    let overrides = proptest::option::of("[a-z0-9 \";=+.]{1,30}");
    (keys, methods, styles, versions, headers, overrides, any::<bool>()).prop_filter_map(
        "a link that can be signed",
        |(key, method, style, version, headers, overriding, temporary)| {
            let mut request = request(method, &key);
            request.object.version = version.map(VersionId);
            request.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            request.query =
                overriding.map(|text| ("response-content-disposition".to_owned(), text)).into_iter().collect();
            let mut credentials = known().credentials;
            credentials.session_token = temporary.then(|| TOKEN.into());
            let link = sign(&request, &address(style), &credentials, noon()).ok()?;
            Some(Signed { link: link.url.expose().to_owned(), method, key })
        },
    )
}

fn check_recognised(signed: &Signed, damaged: &str) -> Result<Report, TestCaseError> {
    let report = inspected(damaged);
    prop_assert_eq!(url(&report), signed.link.as_str(), "{}", damaged);
    prop_assert!(report.verdict.is_good(), "{}", report.verdict);
    let facts = report.link.as_ref().unwrap();
    prop_assert_eq!(&facts.proof, &Proof::Right { key: "profile support".to_owned() });
    let MethodFact::Proven(method) = facts.method else { return Err(TestCaseError::fail("no method")) };
    prop_assert_eq!(method.as_str(), signed.method.as_str());
    prop_assert_eq!((facts.bucket.as_str(), facts.key.as_str()), ("reports", signed.key.as_str()));
    Ok(report)
}

proptest! {
    #[test]
    fn a_link_is_recognised_whatever_mail_did_to_it(signed in signed(), nth in 0..damages().len()) {
        let all = damages();
        let (damage, repair) = &all[nth];
        let report = check_recognised(&signed, &damage(&signed.link))?;
        if let Some(repair) = repair {
            let needed = damage(&signed.link).trim() != signed.link;
            prop_assert!(!needed || report.repairs.contains(repair), "{:?} is not in {:?}", repair, report.repairs);
        } else {
            prop_assert!(report.repairs.is_empty());
        }
    }

    #[test]
    fn a_plus_for_a_space_is_put_back(signed in signed()) {
        check_recognised(&signed, &signed.link.replace("%20", "+"))?;
    }

    #[test]
    fn a_bare_space_is_put_back(key in "[a-zA-Z0-9é_/-]{1,10}( {1,2}[a-zA-Z0-9+é_-]{1,8}(v1\\.2\\.3/)?){1,4}\\.pdf", tail in "( [a-z]{1,8}){0,3}") {
        let link = link_at(&request(Method::Get, &key), &address(AddressingStyle::Path));
        let report = inspected(&format!("{}{tail}", link.replace("%20", " ")));
        prop_assert!(matches!(report.verdict, Verdict::Damaged { certainty: Certainty::Proven, .. }), "{}", report.verdict);
        prop_assert!(report.repairs.contains(&Repair::BareSpaces));
        prop_assert_eq!(report.repairs.contains(&Repair::TakenOutOfText), !tail.is_empty());
        prop_assert_eq!((url(&report), report.link.as_ref().unwrap().key.as_str()), (&*link, &*key));
    }

    #[test]
    fn a_single_changed_character_never_passes(signed in signed(), at in any::<prop::sample::Index>(), by in 1..35_u32) {
        let start = signed.link.find(".com/").unwrap() + 5;
        let at = start + at.index(signed.link.len() - start);
        let (before, rest) = signed.link.split_at(at);
        let old = rest.chars().next().unwrap();
        // Another letter or digit: what is not one could be taken for the end of the link.
        let Some(digit) = old.to_digit(36) else { return Ok(()) };
        let new = char::from_digit((digit + by) % 36, 36).unwrap();
        prop_assume!(!new.eq_ignore_ascii_case(&old));
        let changed = format!("{before}{new}{}", rest.split_at(old.len_utf8()).1);
        let report = inspected(&changed);
        // Of a query's change there may be more to say: that it is cut, undated, expired, or for no known key.
        let shown = format!("{report:?} {}", report.lines(&TimeZone::UTC).concat());
        let signature = changed.split_once("ignature=").map_or("none of it", |(_, signature)| signature);
        prop_assert!(!shown.contains(signature), "{}", shown);
        let unknown = report.link.as_ref().is_some_and(|facts| matches!(facts.proof, Proof::NoKey | Proof::HeadersUnknown { .. }));
        prop_assert!(!report.verdict.is_good() || unknown, "{} {}", changed, report.verdict);
        let in_path = at < signed.link.find('?').unwrap();
        let in_signature = at >= signed.link.find("X-Amz-Signature=").unwrap() + 16;
        let binds_type = signed.link.contains("content-type");
        if (in_path || (in_signature && new.is_ascii_hexdigit())) && !binds_type {
            prop_assert!(matches!(report.verdict, Verdict::WrongSignature { .. }), "{} {}", changed, report.verdict);
        }
    }

    #[test]
    fn any_text_gets_an_answer(text in any::<String>(), tail in "[ -~\r\n]{0,200}") {
        for text in [text.clone(), format!("https://{text}"), format!("{}{text}", link()), format!("https://a.b/{tail}?X-Amz-Signature={text}")] {
            let report = inspected(&text);
            prop_assert!(!report.lines(&TimeZone::UTC).is_empty());
            prop_assert!(serde_json::to_string(&report).is_ok());
        }
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in any::<Vec<u8>>()) {
        prop_assert!(!inspected(&String::from_utf8_lossy(&bytes)).verdict.to_string().is_empty());
    }

    #[test]
    fn any_pieces_of_links_get_an_answer(pieces in proptest::collection::vec(select(vec![
        "https://", "http%3A%2F%2F", "s3.amazonaws.com", "/b/k", "?", "&", "=", "=3D", "=\r\n", "\n", "%25", "%2F", "+", "&amp;",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261125%2Fus-east-1%2Fs3%2Faws4_request",
        "X-Amz-Date=20261125T120000Z", "X-Amz-Expires=900", "X-Amz-SignedHeaders=host", "X-Amz-Signature=", "0123456789abcdef",
        "?url=", "?u=", "https://urldefense.com/v3/__", "__;", "**A", "!!", "content-type;", "Expires=9223372036854775807",
        "AWSAccessKeyId=a", "<Error><Code>", "</Code><CanonicalRequest>GET", "-9223372036854775808", "#", "\\u0026", "\u{200b}",
    ]), 0..40)) {
        let report = inspected(&pieces.concat());
        prop_assert!(!report.lines(&TimeZone::UTC).is_empty());
    }
}

/// What a store answered, once it was asked for the link in `text`.
fn answered(text: &str, known: &[KnownKey], status: u16, body: &str) -> Report {
    let report = inspect(text, known, noon());
    let target = target(&report, known, noon()).unwrap();
    let ours = |method: &str| ProbeAnswer {
        status,
        headers: vec![("x-amz-request-id".to_owned(), "ID".to_owned()), ("etag".to_owned(), "e".to_owned())],
        body: if method == "HEAD" { Vec::new() } else { body.as_bytes().to_vec() },
    };
    let mut heard = Vec::new();
    while let Some((_, request)) = probe::next(&target, &heard) {
        assert!(["GET", "HEAD"].contains(&request.method), "{}", request.method);
        heard.push(ours(request.method));
    }
    report.with_answer(probe::read(&target, &heard, noon()))
}

fn refusal(code: &str, message: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
}

#[test]
fn what_is_asked_follows_from_the_report() {
    let asked = |text: &str| target(&inspected(text), &[known()], noon());
    let get = asked(&link()).unwrap();
    assert_eq!((get.method, get.headers.len(), get.twin.is_some()), (Some(Method::Get), 0, false));
    assert_eq!((get.signed_at, get.provider.id.as_str()), (Some(noon()), "custom"));
    let unknown = target(&inspect(&link(), &[], noon()), &[], noon()).unwrap();
    assert_eq!(unknown.method, None);

    let mut upload = request(Method::Put, "a b");
    upload.headers = vec![("content-type".to_owned(), "application/pdf".to_owned())];
    for style in [AddressingStyle::Path, AddressingStyle::Virtual] {
        let put = asked(&link_at(&upload, &address(style))).unwrap();
        assert_eq!(put.method, Some(Method::Put));
        assert_eq!(put.headers, [("content-type".to_owned(), "application/pdf".to_owned())]);
        let twin = inspected(put.twin.unwrap().expose());
        let facts = twin.link.unwrap();
        assert_eq!((facts.method, &*facts.key), (MethodFact::Proven(Method::Get), "a b"));
        assert_eq!(facts.expires_in, Some(60));
    }
    for nothing in ["no link", "https://s3.example.com/reports/a", link().split_once("&X-Amz-Signature").unwrap().0] {
        assert!(asked(nothing).is_none(), "{nothing}");
    }
}

#[test]
fn no_link_is_signed_for_a_host_that_the_key_did_not_sign_for() {
    let put = link_at(&request(Method::Put, "a"), &address(AddressingStyle::Path));
    for forged in [put.replace("s3.example.com", "evil.example"), put.replace("/reports/a", "/payroll/a")] {
        let report = inspected(&forged);
        assert_eq!(target(&report, &[known()], noon()).unwrap().twin, None);
    }
}

#[test]
fn a_served_link_works_whatever_it_says_itself() {
    let good = answered(&link(), &[], 206, "x");
    assert_eq!(
        good.verdict.to_string(),
        "This link works: its store serves it. It is good until 25 Nov 2026 12:15 UTC, for 15 minutes more."
    );
    let damaged = answered(&link().replace('&', "&amp;"), &[known()], 206, "x");
    assert!(matches!(damaged.verdict, Verdict::Damaged { certainty: Certainty::Served, .. }), "{}", damaged.verdict);
    let expired = link_at(&request(Method::Get, "a"), &address(AddressingStyle::Path)).replace("=900&", "=1&");
    let report = inspect(&expired, &[], at("2026-11-25T13:00:00Z"));
    assert!(matches!(report.verdict, Verdict::Expired { .. }));
    let expired = target(&report, &[], noon()).unwrap();
    let served = ProbeAnswer { status: 206, headers: vec![("etag".into(), "e".into())], ..ProbeAnswer::default() };
    let report = report.with_answer(probe::read(&expired, &[served], noon()));
    assert_eq!(report.verdict, Verdict::ServedAllTheSame);
    let told = report.lines(&TimeZone::UTC).join("\n");
    assert!(report.verdict.is_good() && told.contains("would have been said: This link expired"), "{told}");
}

#[test]
fn a_refused_link_names_its_cause_in_a_sentence() {
    let text = link();
    for (code, message, check, sentence) in [
        ("AccessDenied", "Request has expired", Some(Check::Alive), "it has expired; ask for a new one."),
        (
            "InvalidAccessKeyId",
            "",
            Some(Check::AccessKey),
            "the store does not know the access key that signed it; that",
        ),
        (
            "SignatureDoesNotMatch",
            "",
            Some(Check::Signature),
            "its signature does not fit: it was changed after it was",
        ),
        ("NoSuchKey", "", Some(Check::Object), "it is genuine, but the object is not there"),
        ("Odd", "", None, "its store answers Odd and does not say why."),
        ("NoSuchBucket", "", None, "its store answers NoSuchBucket: No bucket of that name at this endpoint."),
    ] {
        let report = answered(&text, &[], 403, &refusal(code, message));
        let Verdict::Refused { check: found, .. } = &report.verdict else { panic!("{code}: {}", report.verdict) };
        assert_eq!(*found, check, "{code}");
        let said = report.verdict.to_string();
        assert!(said.starts_with(&format!("This link does not work: {sentence}")), "{said}");
        assert!(!report.verdict.is_good() && said.ends_with('.') && !said.ends_with(".."), "{said}");
    }
    let proven = answered(&text, &[known()], 403, &refusal("SignatureDoesNotMatch", ""));
    assert!(proven.verdict.to_string().contains("the store has another secret for that key"), "{}", proven.verdict);
}

#[test]
fn what_is_proven_wrong_here_outlives_a_refusal_that_says_less() {
    let changed = answered(&link().replace("Q3", "Q4"), &[known()], 403, &refusal("SignatureDoesNotMatch", ""));
    assert!(matches!(changed.verdict, Verdict::WrongSignature { .. }), "{}", changed.verdict);
    // Who looks for the object has found the signature right: the secret here is the wrong one.
    let stale = KnownKey { address: None, ..key("old", ID, "another secret") };
    let gone = answered(&link(), &[stale], 404, &refusal("NoSuchKey", ""));
    assert!(matches!(gone.verdict, Verdict::Refused { check: Some(Check::Object), .. }), "{}", gone.verdict);
}

#[test]
fn an_upload_that_nothing_speaks_against_stays_good() {
    let put = link_at(&request(Method::Put, "a"), &address(AddressingStyle::Path));
    let refused = refusal("SignatureDoesNotMatch", "");
    let unknown = answered(&put, &[], 403, &refused);
    let said = unknown.verdict.to_string();
    assert!(said.contains("a link to upload or delete cannot be told from a broken one here"), "{said}");
    let mut bound = request(Method::Put, "a");
    bound.headers = vec![("content-md5".to_owned(), "1B2M2Y8AsgTpgAmY7PhCfg==".to_owned())];
    let likely = answered(&link_at(&bound, &address(AddressingStyle::Path)), &[], 403, &refused);
    assert!(matches!(likely.verdict, Verdict::Works { certainty: Certainty::Unopposed, .. }), "{}", likely.verdict);
}

#[test]
fn what_answers_at_another_door_is_no_store() {
    let report = inspect(&link(), &[], noon());
    let target = target(&report, &[], noon()).unwrap();
    let page = ProbeAnswer {
        status: 200,
        headers: vec![("content-type".into(), "text/html".into())],
        body: b"<html>Sign in</html>".to_vec(),
    };
    let report = report.with_answer(probe::read(&target, &[page], noon()));
    assert_eq!(report.verdict, Verdict::NotTheStore);
    let silent = inspect(&link(), &[], noon()).with_answer(probe::read(&target, &[], noon()));
    assert!(silent.verdict.is_good(), "no answer proves nothing");
}

#[test]
fn an_answer_takes_the_place_of_an_earlier_one() {
    let refused = answered(&link(), &[], 404, &refusal("NoSuchKey", ""));
    let target = target(&refused, &[], noon()).unwrap();
    let served = ProbeAnswer { status: 206, headers: vec![("etag".into(), "e".into())], ..ProbeAnswer::default() };
    let report = refused.with_answer(probe::read(&target, &[served], noon()));
    assert!(matches!(report.verdict, Verdict::Works { certainty: Certainty::Served, .. }), "{}", report.verdict);
}

#[test]
fn a_good_link_that_was_used_wrongly_says_how_it_is_to_be_used() {
    let mut upload = request(Method::Put, "a");
    upload.headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    let upload = link_at(&upload, &address(AddressingStyle::Path));
    let error = refusal("SignatureDoesNotMatch", "The request signature we calculated does not match");
    let report = inspected(&format!("{upload}\n{error}"));
    assert_eq!(
        report.verdict.to_string(),
        "This link is good until 25 Nov 2026 12:15 UTC, for 15 minutes more, but was refused for being used in another way \
         than it was signed for: it works only with PUT and the header content-type: text/plain."
    );
    let strangers = inspect(&format!("{upload}\n{error}"), &[], noon()).verdict.to_string();
    assert!(
        strangers.contains("looks good until") && strangers.contains("the header content-type exactly"),
        "{strangers}"
    );
    // What the server was sent is what is wrong, and not the only thing that is tried.
    let sent = "<CanonicalRequest>PUT\n/reports/a\n\ncontent-type:text/html\nhost:s3.example.com\n\ncontent-type;host\nUNSIGNED-PAYLOAD</CanonicalRequest></Error>";
    let report = inspected(&format!("{upload}\n{}", error.replace("</Error>", sent)));
    assert!(report.verdict.to_string().contains("content-type: text/plain"), "{}", report.verdict);
}

#[test]
fn what_a_store_said_is_in_the_report_without_what_lets_anyone_in() {
    let text = link();
    let signature = text.split_once("X-Amz-Signature=").unwrap().1;
    let report = answered(&text, &[known()], 403, &refusal("AccessDenied", &format!("not with {signature} \u{1b}[2J")));
    let shown =
        format!("{report:?} {} {}", report.lines(&TimeZone::UTC).join("\n"), serde_json::to_string(&report).unwrap());
    assert!(!shown.contains(signature) && !shown.contains('\u{1b}'), "{shown}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["live"]["outcome"], &json["live"]["asked"]), (&"refused".into(), &serde_json::json!(["GET"])));
    let lines = report.lines(&TimeZone::UTC);
    for line in ["Asked by    GET", "Answer      403 AccessDenied", "Request id  ID"] {
        assert!(lines.iter().any(|known| known == line), "{line} is not in {lines:#?}");
    }
}

#[test]
fn a_good_link_with_the_refusal_of_its_store_is_not_called_good() {
    for (code, message, check, sentence) in [
        ("NoSuchKey", "", Some(Check::Object), "it is genuine, but the object is not there"),
        ("InvalidAccessKeyId", "", Some(Check::AccessKey), "the store does not know the access key that signed it"),
        ("ExpiredToken", "", Some(Check::Session), "the session that signed it is over"),
        (
            "AccessDenied",
            "Access Denied",
            Some(Check::Permission),
            "it is genuine, but what it asks for is not allowed",
        ),
        ("AccessDenied", "Request has expired", Some(Check::Alive), "it has expired"),
        ("MethodNotAllowed", "", None, "its store answers MethodNotAllowed: The operation does not fit"),
        ("Odd", "", None, "its store answers Odd and does not say why"),
    ] {
        let report = inspected(&format!("{}\n{}", link(), refusal(code, message)));
        let Verdict::Refused { check: found, .. } = &report.verdict else { panic!("{code}: {}", report.verdict) };
        assert_eq!(*found, check, "{code}");
        let said = report.verdict.to_string();
        assert!(said.starts_with(&format!("This link does not work: {sentence}")), "{said}");
    }
    let misfit = refusal("SignatureDoesNotMatch", "");
    let strangers = inspect(&format!("{}\n{misfit}", link()), &[], noon());
    assert!(
        matches!(strangers.verdict, Verdict::Refused { check: Some(Check::Signature), .. }),
        "{}",
        strangers.verdict
    );
    let ours = inspected(&format!("{}\n{misfit}", link()));
    assert!(matches!(ours.verdict, Verdict::UsedWrongly { .. }), "{}", ours.verdict);
}

#[test]
fn a_refusal_that_is_not_the_links_fault_leaves_it_good() {
    let with = |link: &str, error: &str| inspected(&format!("{link}\n{error}"));
    let busy = with(&link(), &refusal("SlowDown", ""));
    assert!(busy.verdict.is_good(), "{}", busy.verdict);
    let lines = busy.lines(&TimeZone::UTC);
    assert!(lines.contains(&"What to do  Back off and retry with jitter.".to_owned()), "{lines:#?}");
    let other = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message>\
        <Expires>2026-11-25T09:00:00Z</Expires></Error>";
    assert!(with(&link(), other).verdict.is_good(), "another link's end is no end of this one");
    let damaged = link().replace('&', "&amp;");
    let by_damage = with(&damaged, &refusal("AuthorizationQueryParametersError", ""));
    assert!(matches!(by_damage.verdict, Verdict::Damaged { .. }), "{}", by_damage.verdict);
    let gone = with(&damaged, &refusal("NoSuchKey", ""));
    assert!(matches!(gone.verdict, Verdict::Refused { check: Some(Check::Object), .. }), "{}", gone.verdict);
}

#[test]
fn what_the_store_says_now_outlives_what_it_said_before() {
    let told = format!("{}\n{}", link(), refusal("NoSuchKey", ""));
    let served = answered(&told, &[known()], 206, "x");
    assert!(matches!(served.verdict, Verdict::Works { certainty: Certainty::Served, .. }), "{}", served.verdict);
    let refused = answered(&told, &[known()], 403, &refusal("InvalidAccessKeyId", ""));
    assert!(matches!(refused.verdict, Verdict::Refused { check: Some(Check::AccessKey), .. }), "{}", refused.verdict);
    let misfit = format!("{}\n{}", link(), refusal("SignatureDoesNotMatch", ""));
    let by_get = answered(&misfit, &[], 206, "x");
    let Verdict::UsedWrongly { method, .. } = by_get.verdict else { panic!("{}", by_get.verdict) };
    assert_eq!(method, MethodFact::Proven(Method::Get));
}

#[test]
fn an_error_without_its_link_says_what_it_means_and_what_to_do() {
    for (code, message, check) in [
        ("SignatureDoesNotMatch", "", Some(Check::Signature)),
        ("NoSuchKey", "The specified key does not exist.", Some(Check::Object)),
        ("AccessDenied", "Access Denied", Some(Check::Permission)),
        ("InvalidAccessKeyId", "", Some(Check::AccessKey)),
        ("ExpiredToken", "", Some(Check::Session)),
        ("RequestTimeTooSkewed", "", None),
        ("AuthorizationQueryParametersError", "requires the X-Amz-Algorithm", Some(Check::Parameters)),
        ("MethodNotAllowed", "", None),
        ("SlowDown", "", None),
    ] {
        let bare = refusal(code, message);
        let spaced = bare.replace("<Error>", "<Error xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        for text in [&bare, &spaced, &format!("It says\n{bare}\nWhat now?")] {
            let report = inspected(text);
            let Verdict::OnlyError { check: found, cause, fix, .. } = &report.verdict else {
                panic!("{text}: {}", report.verdict)
            };
            let said = report.verdict.to_string();
            assert_eq!(*found, check, "{code}");
            assert!(said.starts_with(&format!("This is no link, but a store's refusal of one, {code}: ")), "{said}");
            assert!(
                said.contains(cause) && said.contains(fix) && said.contains("link itself would say more"),
                "{said}"
            );
            assert!(!report.verdict.is_good() && target(&report, &[], noon()).is_none());
        }
    }
    assert_eq!(inspected(&refusal("Odd", "")).verdict, Verdict::NoLink);
    assert_eq!(
        inspected("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">").verdict,
        Verdict::NoLink
    );
}

#[test]
fn what_the_store_answered_stands_directly_behind_the_verdict() {
    for (text, status, body) in [
        (link(), 206, "x".to_owned()),
        (link().replace('&', "&amp;"), 206, "x".to_owned()),
        (link(), 404, refusal("NoSuchKey", "")),
    ] {
        let lines = answered(&text, &[], status, &body).lines(&TimeZone::UTC);
        assert!(lines.get(2).unwrap().starts_with("The store was asked. "), "{lines:#?}");
        assert!(lines.iter().skip(3).any(|line| line.starts_with("Bucket ")), "{lines:#?}");
    }
}

#[test]
fn the_verdict_on_a_repaired_link_names_what_its_store_said() {
    let damaged = answered(&link().replace('&', "&amp;"), &[known()], 206, "x");
    assert_eq!(
        damaged.verdict.to_string(),
        "This link was damaged on its way; repaired, it works, as its store serves it, and is good until 25 Nov 2026 12:15 \
         UTC, for 15 minutes more. Send it once more, in a way that does not change it."
    );
    let mut bound = request(Method::Put, "a");
    bound.headers = vec![("content-md5".to_owned(), "1B2M2Y8AsgTpgAmY7PhCfg==".to_owned())];
    let put = link_at(&bound, &address(AddressingStyle::Path)).replace('&', "&amp;");
    let asked = answered(&put, &[known()], 403, &refusal("SignatureDoesNotMatch", "")).verdict.to_string();
    assert!(asked.contains("repaired, it looks good") && asked.contains("says nothing against it"), "{asked}");
}

#[test]
fn a_key_with_bare_spaces_is_read_to_its_end() {
    let spaced = link().replace("%20", " ");
    let nonbreaking = link().replace("%20", "\u{A0}");
    let accented = link_at(&request(Method::Get, "Bilanz été 2026.pdf"), &address(AddressingStyle::Path));
    let accented = accented.replace("%C3%A9", "é").replace("%20", " ");
    let bound = format!("Hi,\nplease open {spaced} today.\nAnn");
    for (text, object_key) in [
        (spaced.clone(), "2026/Q3 a+b.pdf"),
        (nonbreaking, "2026/Q3 a+b.pdf"),
        (accented, "Bilanz été 2026.pdf"),
        (bound, "2026/Q3 a+b.pdf"),
        (format!("<{}>", spaced.replace('&', "&amp;")), "2026/Q3 a+b.pdf"),
        (spaced.replace("&X-Amz-Date", "\r\n&X-Amz-Date"), "2026/Q3 a+b.pdf"),
    ] {
        let report = inspected(&text);
        assert!(
            matches!(report.verdict, Verdict::Damaged { certainty: Certainty::Proven, .. }),
            "{text}: {}",
            report.verdict
        );
        assert!(report.repairs.contains(&Repair::BareSpaces), "{:?}", report.repairs);
        assert_eq!(report.repairs.contains(&Repair::TakenOutOfText), text.starts_with(['H', '<']), "{text}");
        assert_eq!(report.link.as_ref().unwrap().key, object_key);
        assert!(!url(&report).contains(' '));
    }
    let told = inspected(&spaced).lines(&TimeZone::UTC).join("\n");
    assert!(told.contains("Repaired: it had bare spaces in its key, where a link has `%20`"), "{told}");
}

#[test]
fn words_around_a_link_are_no_part_of_its_key() {
    let link = link();
    for text in [
        format!("https://example.com/help says: open {link}"),
        format!("https://example.com/help says: open {}", link.strip_prefix("https://").unwrap()),
        format!("<a href=\"https://example.com/x\">the link</a> {link}"),
    ] {
        let report = inspected(&text);
        assert_eq!(report.link.unwrap().key, "2026/Q3 a+b.pdf", "{text}");
        assert!(!report.repairs.contains(&Repair::BareSpaces), "{text}");
    }
    let about = inspected("https://example.com/help explains ?X-Amz-Expires=900 and more");
    assert_eq!(about.link.unwrap().key, "");
}

#[test]
fn a_plus_sign_that_lost_its_encoding_is_told_from_a_space() {
    let report = inspected(&link().replace("%2B", "+"));
    assert!(matches!(report.verdict, Verdict::Damaged { certainty: Certainty::Proven, .. }), "{}", report.verdict);
    assert_eq!(report.repairs, [Repair::BarePlus]);
    assert_eq!((url(&report), &*report.link.as_ref().unwrap().key), (&*link(), "2026/Q3 a+b.pdf"));
    let told = report.lines(&TimeZone::UTC).join("\n");
    assert!(told.contains("it had a bare `+` where its key has a plus sign (`%2B`)"), "{told}");
    let strangers = inspect(&link().replace("%2B", "+"), &[], noon());
    assert_eq!(strangers.repairs, [Repair::PlusForSpace]);
    assert!(texts(&strangers).contains("they may have been plus signs"));
}

#[test]
fn an_upload_with_a_bound_digest_is_told_with_its_method_and_with_what_is_not_proven() {
    let mut bound = request(Method::Put, "a");
    bound.headers = vec![("content-md5".to_owned(), "1B2M2Y8AsgTpgAmY7PhCfg==".to_owned())];
    let put = link_at(&bound, &address(AddressingStyle::Path));
    let misfit = refusal("SignatureDoesNotMatch", "");
    for known in [vec![], vec![known()]] {
        let opened = inspect(&format!("{put}\n{misfit}"), &known, noon()).verdict.to_string();
        let probably = "only with the header content-md5 exactly as it was signed, and probably with PUT";
        assert!(opened.contains(probably), "{opened}");
    }
    let changed = answered(&put.replace("/reports/a", "/reports/b"), &[known()], 403, &misfit);
    let said = changed.verdict.to_string();
    assert!(said.contains("says nothing against it, but its signature could not be proven"), "{said}");
    let missing = "covers a value that is not in the link (content-md5)";
    assert!(texts(&changed).contains(missing), "{}", texts(&changed));
    let told = changed.lines(&TimeZone::UTC).join("\n");
    assert!(told.contains("or a link that was changed, would be refused alike"), "{told}");
    // Once the digest is known from what the store saw, the proof is whole.
    let seen = "<CanonicalRequest>PUT\n/reports/b\n\ncontent-md5:1B2M2Y8AsgTpgAmY7PhCfg==\nhost:s3.example.com\n\n\
         content-md5;host\nUNSIGNED-PAYLOAD</CanonicalRequest></Error>";
    let with_digest = inspected(&format!("{put}\n{}", misfit.replace("</Error>", seen)));
    assert_eq!(with_digest.link.unwrap().proof, Proof::Right { key: "profile support".to_owned() });
}
