//! Servers, and things between, that do everything wrong: nothing hangs, panics or passes for an answer, and each failure
//! tells a user what to do.

use std::fmt::Write;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use daypass::s3::address::Endpoint;
use daypass::s3::failure::{Failure, FailureKind};
use daypass::s3::listing::Resume;
use daypass::world::ObjectStore;

use crate::rogue::{Act, Rogue, answer, error};
use crate::stage::{any_keys, below, bucket, object, spec, store};

const LISTING: &str = "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\
    <IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;</NextContinuationToken>\
    <Contents><Key>a%20b</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents>\
    <CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>";
const BUCKETS: &str = "<?xml version=\"1.0\"?><ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets><Bucket>\
    <Name>one</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>";
const TAGS: &str = "<?xml version=\"1.0\"?><Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
const VERSIONS: &str = "<?xml version=\"1.0\"?><ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>key</Key>\
    <VersionId>1</VersionId><IsLatest>true</IsLatest><Size>1</Size></Version></ListVersionsResult>";

/// The questions whose answers are documents.
#[derive(Clone, Copy, Debug)]
enum Question {
    List,
    Buckets,
    Tags,
    Versions,
}

const QUESTIONS: [(Question, &str); 4] =
    [(Question::List, LISTING), (Question::Buckets, BUCKETS), (Question::Tags, TAGS), (Question::Versions, VERSIONS)];

/// Asks, and gives up the test rather than wait for ever.
async fn ask(store: &dyn ObjectStore, question: Question) -> Result<(), Failure> {
    let asked = async {
        match question {
            Question::List => store.keys(&below("bucket", "", 1000)).await.map(drop),
            Question::Buckets => store.buckets().await.map(drop),
            Question::Tags => store.tags(&object("bucket", "key")).await.map(drop),
            Question::Versions => store.versions(&object("bucket", "key")).await.map(drop),
        }
    };
    match tokio::time::timeout(Duration::from_secs(20), asked).await {
        Ok(answered) => answered,
        Err(_) => panic!("{question:?} hangs"),
    }
}

/// How a listing fails at a server that acts so.
async fn listing_fails(act: impl Fn(usize) -> Act + Send + Sync + 'static) -> Failure {
    let rogue = Rogue::start(act).await;
    let store = store(&spec(&rogue.endpoint, any_keys())).await;
    ask(&*store, Question::List).await.unwrap_err()
}

#[tokio::test]
async fn a_web_page_in_place_of_any_document_is_called_one_and_can_be_looked_at() {
    for (question, _) in QUESTIONS {
        let rogue = Rogue::start(|_| answer("200 OK", &[], "<html><body>Sign in</body></html>")).await;
        let store = store(&spec(&rogue.endpoint, any_keys())).await;
        let failure = ask(&*store, question).await.unwrap_err();
        assert!(failure.why.contains("answered with a web page"), "{question:?}: {failure}");
        let exchange = failure.exchange.unwrap();
        assert!(
            exchange.request.starts_with("GET ") && exchange.answer.contains("Sign in"),
            "{question:?}: {exchange:?}"
        );
    }
}

#[tokio::test]
async fn a_document_cut_anywhere_is_never_an_answer() {
    for (question, whole) in QUESTIONS {
        let rogue = Rogue::start(|n| answer("200 OK", &[], &whole.as_bytes()[..n])).await;
        let store = store(&spec(&rogue.endpoint, any_keys())).await;
        for end in 0..whole.len() {
            let failure = ask(&*store, question).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::BrokenReply, "{question:?} cut at {end}: {failure}");
        }
        let rogue = Rogue::start(move |_| answer("200 OK", &[], whole)).await;
        let store = crate::stage::store(&spec(&rogue.endpoint, any_keys())).await;
        ask(&*store, question).await.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[tokio::test]
async fn a_body_that_ends_before_its_length_is_no_answer() {
    for (question, whole) in QUESTIONS {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", whole.len() + 1);
        let rogue = Rogue::start(move |_| Act::Say(format!("{head}{whole}").into_bytes())).await;
        let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, question).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
    }
}

#[tokio::test]
async fn a_part_of_an_object_is_one_where_the_answer_says_so_and_not_another() {
    let answers = [
        ("206 Partial Content", Some("bytes 4-7/9"), true),
        ("206 Partial Content", None, true),
        ("200 OK", Some("bytes 4-7/9"), true),
        ("200 OK", None, false),
        ("206 Partial Content", Some("bytes 0-3/9"), false),
    ];
    for (status, range, is_good) in answers {
        let headers: Vec<(&str, &str)> = range.map(|range| ("content-range", range)).into_iter().collect();
        let rogue = Rogue::start(move |_| answer(status, &headers, "abcd")).await;
        let store = store(&spec(&rogue.endpoint, any_keys())).await;
        let part = store.read_part(&object("bucket", "key"), 4, 4).await;
        assert_eq!(part.is_ok(), is_good, "{status} {range:?}: {part:?}");
    }
}

#[tokio::test]
async fn a_web_page_is_no_answer_whatever_its_status() {
    const PAGE: &str = "<!DOCTYPE html><html><body><p>Sign in<br></body></html>";
    for status in ["200 OK", "403 Forbidden", "404 Not Found"] {
        for (question, _) in QUESTIONS {
            let rogue = Rogue::start(move |_| answer(status, &[("Content-Type", "text/html")], PAGE)).await;
            let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, question).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::BrokenReply, "{status} {question:?}: {failure}");
        }
    }
}

#[tokio::test]
async fn an_error_that_comes_as_success_is_an_error() {
    for (question, _) in QUESTIONS {
        let rogue = Rogue::start(|_| error("200 OK", "AccessDenied")).await;
        let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, question).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Forbidden, "{question:?}: {failure}");
    }
}

#[tokio::test]
async fn numbers_and_truths_that_are_none_are_refused() {
    for (question, whole, sound, odd) in [
        (Question::List, LISTING, "<Size>1<", "<Size>1e3<"),
        (Question::List, LISTING, "<IsTruncated>true<", "<IsTruncated>maybe<"),
        (Question::Versions, VERSIONS, "<Size>1<", "<Size><"),
        (Question::Versions, VERSIONS, "<IsLatest>true<", "<IsLatest>1<"),
        (Question::Tags, TAGS, "<Key>k</Key>", ""),
        (Question::Buckets, BUCKETS, "<Name>one<", "<Name>../one<"),
    ] {
        let body = whole.replace(sound, odd);
        assert_ne!(body, whole);
        let rogue = Rogue::start(move |_| answer("200 OK", &[], &body)).await;
        let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, question).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BrokenReply, "{odd}: {failure}");
    }
}

#[tokio::test]
async fn a_listing_that_leads_back_to_itself_is_refused() {
    let rogue = Rogue::start(|_| answer("200 OK", &[], LISTING)).await;
    let store = store(&spec(&rogue.endpoint, any_keys())).await;
    let mut request = below("bucket", "", 1000);
    request.from = Resume::Token(store.keys(&request).await.unwrap().next.unwrap());
    assert_eq!(store.keys(&request).await.unwrap_err().kind, FailureKind::BrokenReply);
}

#[tokio::test]
async fn a_body_without_end_is_given_up() {
    let huge = vec![b' '; 2 << 20];
    let failure = listing_fails(move |_| answer("200 OK", &[], &huge)).await;
    assert_eq!(failure.kind, FailureKind::BrokenReply);
    assert!(failure.why.contains("larger than 1 MB"), "{failure}");
}

#[tokio::test]
async fn silence_ends_in_a_failure_and_soon() {
    let asked = Instant::now();
    let unanswered = listing_fails(|_| Act::SayAndHang(Vec::new())).await;
    let head = || b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<ListBucketResult>".to_vec();
    let stalled = listing_fails(move |_| Act::SayAndHang(head())).await;
    assert_eq!((unanswered.kind, stalled.kind), (FailureKind::Unreachable, FailureKind::Unreachable));
    assert!(unanswered.why.contains("did not answer within"), "{unanswered}");
    assert!(stalled.why.contains("in the middle of its answer"), "{stalled}");
    assert!(asked.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let troubles: [fn() -> Act; 5] = [
        || Act::Reset,
        || Act::Say(Vec::new()),
        || error("503 Service Unavailable", "SlowDown"),
        || answer("429 Too Many Requests", &[("Retry-After", "0")], ""),
        || error("200 OK", "InternalError"),
    ];
    for (index, trouble) in troubles.into_iter().enumerate() {
        let rogue = Rogue::start(move |n| if n < 2 { trouble() } else { answer("200 OK", &[], LISTING) }).await;
        let store = store(&spec(&rogue.endpoint, any_keys())).await;
        ask(&*store, Question::List).await.unwrap_or_else(|failure| panic!("{index}: {failure}"));
        assert_eq!(rogue.asked().len(), 3, "{index}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_given_up() {
    let rogue = Rogue::start(|_| error("503 Service Unavailable", "SlowDown")).await;
    let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap_err();
    assert_eq!((failure.kind, rogue.asked().len()), (FailureKind::Busy, 3));

    let rogue = Rogue::start(|_| answer("503 Service Unavailable", &[("Retry-After", "3600")], "")).await;
    let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap_err();
    assert_eq!((failure.kind, rogue.asked().len()), (FailureKind::Busy, 1), "an hour is not waited for");

    let rogue = Rogue::start(|_| Act::Reset).await;
    let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap_err();
    assert_eq!((failure.kind, rogue.asked().len()), (FailureKind::Unreachable, 3));
}

#[tokio::test]
async fn a_redirect_to_another_region_is_followed_signed_anew_and_remembered() {
    let rogue = Rogue::start(|n| match n {
        0 => answer("301 Moved Permanently", &[("x-amz-bucket-region", "eu-west-7")], ""),
        _ => answer("200 OK", &[], LISTING),
    })
    .await;
    let store = store(&spec(&rogue.endpoint, any_keys())).await;
    ask(&*store, Question::List).await.unwrap();
    ask(&*store, Question::Versions).await.unwrap_err();
    let regions: Vec<bool> = rogue.asked().iter().map(|head| head.contains("/eu-west-7/s3/aws4_request")).collect();
    assert_eq!(regions, [false, true, true]);
    assert_eq!(store.address(&bucket("bucket")).region, "eu-west-7");
    assert_eq!(store.address(&bucket("another")).region, "us-east-1");
}

#[tokio::test]
async fn regions_that_never_settle_or_are_no_regions_end_in_a_failure() {
    let rogue = Rogue::start(|n| {
        answer("301 Moved Permanently", &[("x-amz-bucket-region", if n % 2 == 0 { "one" } else { "two" })], "")
    })
    .await;
    ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap_err();
    assert_eq!(rogue.asked().len(), 3);

    let rogue =
        Rogue::start(|_| answer("301 Moved Permanently", &[("x-amz-bucket-region", "evil.example/")], "")).await;
    let store = store(&spec(&rogue.endpoint, any_keys())).await;
    ask(&*store, Question::List).await.unwrap_err();
    assert_eq!((rogue.asked().len(), &*store.address(&bucket("bucket")).region), (1, "us-east-1"));
}

#[tokio::test]
async fn headers_of_any_bytes_are_facts() {
    let rogue = Rogue::start(|_| {
        let mut head = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nx-amz-meta-utf8: caf\xc3\xa9\r\n".to_vec();
        head.extend_from_slice(b"x-amz-meta-latin1: caf\xe9\r\nx-amz-meta-word: =?UTF-8?B?Y2Fmw6k=?=\r\n");
        head.extend_from_slice(b"x-amz-mp-parts-count: many\r\nx-amz-delete-marker: perhaps\r\n\r\n");
        Act::Say(head)
    })
    .await;
    let facts = store(&spec(&rogue.endpoint, any_keys())).await.head(&object("bucket", "k")).await.unwrap();
    assert_eq!((facts.size, facts.parts), (Some(7), None));
    assert!(facts.metadata.iter().all(|(_, value)| value == "café"), "{:?}", facts.metadata);
}

#[tokio::test]
async fn a_store_that_refuses_the_question_for_checksums_is_not_asked_for_them_again() {
    let rogue = Rogue::start(|n| match n {
        0 => answer("501 Not Implemented", &[], ""),
        _ => answer("200 OK", &[], ""),
    })
    .await;
    let store = store(&spec(&rogue.endpoint, any_keys())).await;
    for _ in 0..2 {
        store.head(&object("bucket", "k")).await.unwrap();
    }
    let with: Vec<bool> = rogue.asked().iter().map(|head| head.contains("x-amz-checksum-mode")).collect();
    assert_eq!(with, [true, false, false]);
}

#[tokio::test]
async fn an_object_without_tags_has_none_however_the_store_says_so() {
    for act in [|| error("404 Not Found", "NoSuchTagSet"), || answer("200 OK", &[], "<Tagging><TagSet/></Tagging>")] {
        let rogue = Rogue::start(move |_| act()).await;
        let store = store(&spec(&rogue.endpoint, any_keys())).await;
        assert_eq!(store.tags(&object("bucket", "k")).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_object_in_the_place_of_its_tags_is_never_read_as_tags() {
    let headers = [("ETag", "\"1\""), ("Last-Modified", "Wed, 25 Nov 2026 22:28:25 GMT"), ("Content-Type", "text/xml")];
    for body in [TAGS, "hello", "<html/>", ""] {
        let rogue = Rogue::start(move |_| answer("200 OK", &headers, body)).await;
        let failure = store(&spec(&rogue.endpoint, any_keys())).await.tags(&object("bucket", "k")).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotSupported, "{failure}");
        assert_eq!(failure.why, "the store does not keep tags: it answered with the object itself");
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_asked_for_once_more() {
    let rogue = Rogue::start(|n| match n {
        0 => error("400 Bad Request", "ExpiredToken"),
        _ => answer("200 OK", &[], LISTING),
    })
    .await;
    ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap();
}

#[tokio::test]
async fn requests_carry_the_key_as_it_is_and_name_their_sender() {
    let rogue = Rogue::start(|_| answer("200 OK", &[], "")).await;
    let store = store(&spec(&rogue.endpoint, any_keys())).await;
    store.head(&object("bucket", "/a//../b c+d?é")).await.unwrap();
    let head = rogue.asked().remove(0);
    assert!(head.starts_with("HEAD /bucket//a//../b%20c%2Bd%3F%C3%A9 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(concat!("user-agent: daypass/", env!("CARGO_PKG_VERSION"))), "{head}");
    assert!(!head.contains("hidden-secret"));
}

#[tokio::test]
async fn a_failure_knows_its_request_and_its_answer_and_no_secret() {
    let body = "<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>abad1dea</SignatureProvided>\
        <CanonicalRequest>x-amz-security-token:FwoGhidden</CanonicalRequest><Other>FwoGhidden</Other></Error>";
    let headers = [("x-amz-request-id", "R1"), ("x-amz-id-2", "H1"), ("Set-Cookie", "a=secret")];
    let rogue = Rogue::start(move |n| if n == 0 { Act::Reset } else { answer("403 Forbidden", &headers, body) }).await;
    let mut keys = any_keys();
    keys.session_token = Some("FwoGhidden".to_owned().into());
    let failure = ask(&*store(&spec(&rogue.endpoint, keys)).await, Question::List).await.unwrap_err();
    let report = failure.report().join("\n");
    let request = format!("request     GET {}/bucket/?", rogue.endpoint);
    for told in
        [&*request, "sent        2 times", "answer      403 SignatureDoesNotMatch", "request id  R1", "host id     H1"]
    {
        assert!(report.contains(told), "{told} in {report}");
    }
    assert!(report.contains("<Error><Code>SignatureDoesNotMatch</Code>"), "{report}");
    for hidden in ["abad1dea", "FwoGhidden", "a=secret", "hidden-secret"] {
        assert!(!report.contains(hidden) && !format!("{failure:?}").contains(hidden), "{hidden} in {report}");
    }

    let failure = listing_fails(|_| Act::Reset).await;
    let report = failure.report().join("\n");
    assert!(report.contains("sent        3 times") && !report.contains("The answer"), "{report}");
}

/// What users read, in one place to be read: every line names what failed, why, and what to do.
#[tokio::test]
async fn every_failure_says_what_to_do() {
    let all = [Question::Buckets, Question::List, Question::Tags, Question::Versions];
    let errors: [(&str, &str, &[Question]); 12] = [
        ("403 Forbidden", "AccessDenied", &all),
        ("501 Not Implemented", "NotImplemented", &all),
        ("403 Forbidden", "InvalidAccessKeyId", &[Question::List]),
        ("403 Forbidden", "SignatureDoesNotMatch", &[Question::List]),
        ("400 Bad Request", "ExpiredToken", &[Question::List]),
        ("404 Not Found", "NoSuchBucket", &[Question::List]),
        ("404 Not Found", "NoSuchKey", &[Question::Tags]),
        ("503 Slow Down", "SlowDown", &[Question::List]),
        ("301 Moved Permanently", "PermanentRedirect", &[Question::List]),
        ("418 Teapot", "Teapot", &[Question::List]),
        ("403 Forbidden", "NewCodeNobodyKnows", &[Question::List]),
        ("403 Forbidden", "InvalidObjectState", &[Question::Tags]),
    ];
    let mut read = String::new();
    for (status, code, questions) in errors {
        writeln!(read, "# {status} {code}").unwrap();
        for &question in questions {
            let rogue = Rogue::start(move |_| error(status, code)).await;
            let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, question).await.unwrap_err();
            say(&mut read, &failure, &rogue.endpoint);
        }
    }
    writeln!(read, "# HEAD, which has no body").unwrap();
    for status in
        ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "405 Not Allowed", "500 Oops"]
    {
        let rogue = Rogue::start(move |_| answer(status, &[("x-amz-request-id", "R1")], "")).await;
        let store = store(&spec(&rogue.endpoint, any_keys())).await;
        say(&mut read, &store.head(&object("bucket", "key")).await.unwrap_err(), &rogue.endpoint);
    }
    writeln!(read, "# A clock that is wrong, a region that is another").unwrap();
    let skewed = "<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20261031T100000Z</RequestTime>\
        <ServerTime>2026-10-31T12:00:00Z</ServerTime></Error>";
    let rogue = Rogue::start(move |_| answer("403 Forbidden", &[], skewed)).await;
    let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap_err();
    say(&mut read, &failure, &rogue.endpoint);
    let elsewhere = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>Not A Region</Region></Error>";
    let rogue = Rogue::start(move |_| answer("400 Bad Request", &[], elsewhere)).await;
    let failure = ask(&*store(&spec(&rogue.endpoint, any_keys())).await, Question::List).await.unwrap_err();
    say(&mut read, &failure, &rogue.endpoint);

    writeln!(read, "# No store at all").unwrap();
    let page = "<!DOCTYPE html><html>Sign in</html>";
    say(&mut read, &listing_fails(move |_| answer("200 OK", &[], page)).await, "");
    say(&mut read, &listing_fails(move |_| answer("502 Bad Gateway", &[], page)).await, "");
    let tls = "Client sent an HTTP request to an HTTPS server.\n";
    say(&mut read, &listing_fails(move |_| answer("400 Bad Request", &[], tls)).await, "");
    say(&mut read, &listing_fails(|_| answer("200 OK", &[], "")).await, "");
    say(&mut read, &listing_fails(|_| answer("200 OK", &[], "<ListBucketResult>")).await, "");
    say(&mut read, &listing_fails(|_| Act::Say(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await, "");
    say(&mut read, &listing_fails(|_| Act::Reset).await, "");
    let rogue = Rogue::start(|_| Act::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    for endpoint in [
        rogue.endpoint.replace("http:", "https:"),
        format!("http://{}:1", Ipv4Addr::LOCALHOST),
        "https://no-such-host.invalid".to_owned(),
    ] {
        let mut spec = spec("http://localhost", any_keys());
        spec.endpoint = Some(Endpoint::parse(&endpoint).unwrap());
        let failure = ask(&*store(&spec).await, Question::List).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
        say(&mut read, &failure, "");
    }
    insta::assert_snapshot!("failures", read);
}

/// One line of what a user reads; the port is another one each time.
fn say(read: &mut String, failure: &Failure, endpoint: &str) {
    let text = failure.to_string();
    let port = |text: &str| {
        text.split("127.0.0.1:").nth(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
    };
    let found: Option<String> = port(endpoint).or_else(|| port(&text));
    let text = match found {
        Some(port) => text.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT"),
        None => text,
    };
    writeln!(read, "{:?}: {text}", failure.kind).unwrap();
}
