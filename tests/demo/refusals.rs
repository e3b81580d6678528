//! What is refused, with which status and code, and what the body says about it.

use daypass::world::demo::{DemoOptions, DemoServer, Seed};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use crate::client::{Ask, Reply};
use crate::empty;

/// What a request that should be refused is told.
fn told(reply: &Reply) -> (u16, String, String) {
    let (status, code) = reply.error();
    (status, code, reply.one("Message").unwrap())
}

fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_presigned_link_opens_to_anybody_until_it_ends() {
    let server = empty().await;
    server.add_object("box", "k", "the bytes");
    let ask = Ask::new(&server, "GET", "/box/k");
    let reply = ask.presigned().send_as_is().await;
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (200, "the bytes"));
    let almost_over = Ask { at: ago(58), expires: "60".to_owned(), ..ask.clone() };
    assert_eq!(almost_over.presigned().send_as_is().await.status, 200);
    let a_week = Ask { expires: "604800".to_owned(), ..ask };
    assert_eq!(a_week.presigned().send_as_is().await.status, 200);
}

#[tokio::test]
async fn a_link_is_dead_a_second_after_its_end_and_says_when_that_was() {
    let server = empty().await;
    server.add_object("box", "k", "the bytes");
    let over = Ask { at: ago(61), expires: "60".to_owned(), ..Ask::new(&server, "GET", "/box/k") };
    let reply = over.presigned().send_as_is().await;
    assert_eq!(told(&reply), (403, "AccessDenied".to_owned(), "Request has expired".to_owned()));
    assert_eq!(reply.one("X-Amz-Expires").unwrap(), "60");
    let ended: Timestamp = reply.one("Expires").unwrap().parse().unwrap();
    let server_time: Timestamp = reply.one("ServerTime").unwrap().parse().unwrap();
    assert_eq!(ended.as_second(), over.at.as_second() + 60);
    assert!(server_time >= ended);
    let never_alive = Ask { expires: "0".to_owned(), ..Ask::new(&server, "GET", "/box/k") };
    assert_eq!(told(&never_alive.presigned().send_as_is().await).2, "Request has expired");
}

#[tokio::test]
async fn any_character_changed_breaks_a_link() {
    let server = empty().await;
    server.add_object("box", "k", "the bytes");
    server.add_object("box", "j", "other bytes");
    let link = Ask::new(&server, "GET", "/box/k").query("versionId", "null").presigned();
    assert_eq!(link.send_as_is().await.status, 200);
    let mut other_key = link.clone();
    other_key.path = "/box/j".to_owned();
    let mut other_version = link.clone();
    other_version.query[0].1 = "nul".to_owned();
    let mut longer = link.clone();
    longer.query.iter_mut().find(|(name, _)| name == "X-Amz-Expires").unwrap().1 = "901".to_owned();
    let mut tampered = link.clone();
    let signature = &mut tampered.query.last_mut().unwrap().1;
    let last = if signature.pop() == Some('0') { '1' } else { '0' };
    signature.push(last);
    let more = link.clone().query("response-content-type", "text/html");
    for method in ["HEAD", "PUT", "DELETE", "POST"] {
        let other_method = Ask { method, ..link.clone() };
        assert_eq!(other_method.send_as_is().await.status, 403, "{method}");
    }
    for broken in [other_key, other_version, longer, tampered, more] {
        let reply = broken.send_as_is().await;
        assert_eq!(reply.error(), (403, "SignatureDoesNotMatch".to_owned()), "{broken:?}");
    }
}

#[tokio::test]
async fn a_wrong_signature_is_shown_what_should_have_been_signed() {
    let server = empty().await;
    let ask = Ask { secret: "not the secret".to_owned(), ..Ask::new(&server, "GET", "/box/a b+ü") };
    let link = ask.presigned();
    let reply = link.send_as_is().await;
    assert_eq!(reply.error(), (403, "SignatureDoesNotMatch".to_owned()));
    let canonical = reply.one("CanonicalRequest").unwrap();
    assert!(canonical.starts_with("GET\n/box/a%20b%2B%C3%BC\nX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="));
    assert!(canonical.ends_with(&format!("\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", link.host)), "{canonical}");
    let to_sign = reply.one("StringToSign").unwrap();
    assert!(to_sign.starts_with("AWS4-HMAC-SHA256\n"), "{to_sign}");
    assert!(to_sign.contains("/eu-central-1/s3/aws4_request\n"));
    assert_eq!(&reply.one("SignatureProvided").unwrap(), &link.query.last().unwrap().1);
    assert_eq!(reply.one("AWSAccessKeyId").unwrap(), server.access_key_id());
}

#[tokio::test]
async fn presigned_requests_are_judged_in_the_order_of_aws() {
    let server = empty().await;
    server.add_object("box", "k", "x");
    let good = Ask::new(&server, "GET", "/box/k");
    let with = |name: &str, value: &str| {
        let mut link = good.presigned();
        link.query.iter_mut().find(|(n, _)| n == name).unwrap().1 = value.to_owned();
        link
    };
    let without = |name: &str| {
        let mut link = good.presigned();
        link.query.retain(|(n, _)| n != name);
        link
    };
    let credential = |scope: &str| with("X-Amz-Credential", &format!("{}/{scope}", server.access_key_id()));
    let today = Timestamp::now().strftime("%Y%m%d").to_string();
    let query = "AuthorizationQueryParametersError";
    let table = [
        (with("X-Amz-Algorithm", "AWS4-HMAC-SHA512"), 400, query, "X-Amz-Algorithm only supports"),
        (without("X-Amz-Algorithm"), 400, query, "requires the X-Amz-Algorithm"),
        (without("X-Amz-Expires"), 400, query, "requires the X-Amz-Algorithm"),
        (without("X-Amz-Signature"), 400, query, "requires the X-Amz-Algorithm"),
        (with("X-Amz-Date", "2026-11-20"), 400, query, "X-Amz-Date must be in the ISO8601 Long Format"),
        (with("X-Amz-Expires", "soon"), 400, query, "X-Amz-Expires should be a number"),
        (with("X-Amz-Expires", "-1"), 400, query, "X-Amz-Expires must be non-negative"),
        (with("X-Amz-Expires", "604801"), 400, query, "X-Amz-Expires must be less than a week"),
        (credential("only/three/parts"), 400, query, "the Credential is mal-formed"),
        (credential("2026112/eu-central-1/s3/aws4_request"), 400, query, "incorrect date format"),
        (credential(&format!("{today}/eu-central-1/s4/aws4_request")), 400, query, "incorrect service"),
        (credential(&format!("{today}/eu-central-1/s3/aws5_request")), 400, query, "incorrect terminal"),
        (credential("20200101/eu-central-1/s3/aws4_request"), 400, query, "Invalid credential date"),
        (Ask { at: ago(-3600), ..good.clone() }.presigned(), 403, "AccessDenied", "Request is not valid yet"),
        (
            good.presigned().header("x-amz-meta-a", "b"),
            403,
            "AccessDenied",
            "headers present in the request which were not",
        ),
        (
            good.presigned().header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            403,
            "AccessDenied",
            "which were not signed",
        ),
        (
            Ask { access_key_id: "AKIANOBODY".to_owned(), ..good.clone() }.presigned(),
            403,
            "InvalidAccessKeyId",
            "does not exist",
        ),
        (good.clone().query("X-Amz-Security-Token", "t").presigned(), 400, "InvalidToken", "token is malformed"),
        (
            good.presigned().header("authorization", "Bearer x"),
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed",
        ),
    ];
    for (link, status, code, message) in table {
        let reply = link.send_as_is().await;
        let (told_status, told_code, told_message) = told(&reply);
        assert_eq!((told_status, told_code.as_str()), (status, code), "{message}");
        assert!(told_message.contains(message), "{told_message} / {message}");
    }
    // Of two faults the earlier is told.
    let nobody = Ask { access_key_id: "AKIANOBODY".to_owned(), secret: "wrong".to_owned(), ..good.clone() };
    let two_faults = [
        (Ask { expires: "604801".to_owned(), at: ago(-3600), ..good.clone() }.presigned(), query),
        (Ask { at: ago(901), region: "us-west-2".to_owned(), ..good.clone() }.presigned(), "AccessDenied"),
        (Ask { region: "us-west-2".to_owned(), ..nobody.clone() }.presigned(), query),
        (nobody.presigned().header("x-amz-meta-a", "b"), "AccessDenied"),
        (nobody.presigned(), "InvalidAccessKeyId"),
        (
            Ask { secret: "wrong".to_owned(), ..Ask::new(&server, "GET", "/box/missing") }.presigned(),
            "SignatureDoesNotMatch",
        ),
    ];
    for (link, code) in two_faults {
        assert_eq!(link.send_as_is().await.error().1, code);
    }
}

#[tokio::test]
async fn the_right_region_is_named_to_who_signed_for_another() {
    let server = empty().await;
    let elsewhere = Ask { region: "us-west-2".to_owned(), ..Ask::new(&server, "GET", "/box/k") };
    let in_query = elsewhere.presigned().send_as_is().await;
    assert_eq!(in_query.error(), (400, "AuthorizationQueryParametersError".to_owned()));
    assert!(in_query.one("Message").unwrap().contains("the region 'us-west-2' is wrong; expecting 'eu-central-1'"));
    assert_eq!(in_query.one("Region").unwrap(), "eu-central-1");
    let in_header = elsewhere.send().await;
    assert_eq!(in_header.error(), (400, "AuthorizationHeaderMalformed".to_owned()));
    assert_eq!(in_header.one("Region").unwrap(), "eu-central-1");
}

#[tokio::test]
async fn unsigned_headers_are_named() {
    let server = empty().await;
    server.add_bucket("box");
    let link = Ask::new(&server, "PUT", "/box/k").header("x-amz-meta-a", "signed").presigned().body("x");
    assert_eq!(link.send_as_is().await.status, 200);
    let reply = link.clone().header("x-amz-meta-b", "not signed").send_as_is().await;
    assert_eq!(reply.one("HeadersNotSigned").unwrap(), "x-amz-meta-b");
    let mut missing = link;
    missing.headers.clear();
    assert_eq!(missing.send_as_is().await.error(), (403, "SignatureDoesNotMatch".to_owned()));
}

#[tokio::test]
async fn who_does_not_sign_or_signs_with_version_2_is_refused() {
    let server = empty().await;
    server.add_object("box", "k", "x");
    let anonymous = Ask::new(&server, "GET", "/box/k");
    assert_eq!(anonymous.send_as_is().await.error(), (403, "AccessDenied".to_owned()));
    let v2 = anonymous.clone().query("AWSAccessKeyId", "A").query("Expires", "4102444800").query("Signature", "x=");
    let reply = v2.send_as_is().await;
    assert_eq!(reply.error(), (400, "InvalidRequest".to_owned()));
    assert!(reply.one("Message").unwrap().contains("Please use AWS4-HMAC-SHA256"));
    let v2_header = anonymous.header("authorization", "AWS AKIA:signature=");
    assert_eq!(v2_header.send_as_is().await.error(), (400, "InvalidRequest".to_owned()));
}

#[tokio::test]
async fn a_clock_that_is_off_by_an_hour_is_told_the_time() {
    let server = empty().await;
    let late = Ask { at: ago(3600), ..Ask::new(&server, "GET", "/") };
    let reply = late.send().await;
    assert_eq!(reply.error(), (403, "RequestTimeTooSkewed".to_owned()));
    assert_eq!(reply.one("MaxAllowedSkewMilliseconds").unwrap(), "900000");
    assert!(reply.one("ServerTime").unwrap().parse::<Timestamp>().is_ok());
}

#[tokio::test]
async fn a_refused_head_has_no_body_but_a_request_id() {
    let server = empty().await;
    let reply = Ask::new(&server, "HEAD", "/box/k").send().await;
    assert_eq!(reply.status, 404);
    assert!(reply.body.is_empty());
    assert!(reply.header("x-amz-request-id").is_some());
}

#[tokio::test]
async fn nothing_answers_once_the_server_is_dropped() {
    let server = empty().await;
    let address = server.endpoint().authority;
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    drop(server);
    let mut byte = [0];
    stream.readable().await.unwrap();
    let ended = stream.try_read(&mut byte);
    assert!(matches!(ended, Ok(0)) || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        assert!(std::time::Instant::now() < deadline, "still listening");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn every_request_is_seen_and_no_other() {
    let server = empty().await;
    assert!(server.requests().is_empty());
    Ask::new(&server, "GET", "/box/a b").query("versionId", "v").presigned().send_as_is().await;
    let [seen] = server.requests().try_into().unwrap();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/box/a%20b"));
    assert_eq!(seen.query_names[0], "versionId");
}

#[tokio::test]
async fn latency_is_added_to_every_answer() {
    let latency = std::time::Duration::from_millis(80);
    let server = DemoServer::start(DemoOptions { latency, seed: Seed::Empty, ..DemoOptions::default() }).await.unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(Ask::new(&server, "GET", "/").send().await.status, 200);
    assert_eq!(Ask::new(&server, "GET", "/").send_as_is().await.status, 403);
    assert!(begun.elapsed() >= 2 * latency);
}

#[tokio::test]
async fn random_credentials_look_like_those_of_aws_and_do_not_print() {
    let (one, other) = (empty().await, empty().await);
    assert!(one.access_key_id().starts_with("AKIA") && one.access_key_id().len() == 20);
    assert_ne!(one.access_key_id(), other.access_key_id());
    let shown = format!("{one:?}{:?}", one.secret_access_key());
    assert!(!shown.contains(one.secret_access_key().expose_secret()));
}
