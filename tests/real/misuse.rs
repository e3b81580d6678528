//! Every way in which a link is used wrongly, and with which status each store refuses it.

use daypass::presign::expiry::Expiry;
use daypass::presign::request::{LinkRequest, Method};
use jiff::Timestamp;

use crate::ask::{Ask, seconds_ago};
use crate::curl::Call;
use crate::server::Server;

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// One character of the signature.
    Signature,
    /// One character of the key.
    Key,
    /// One character of this query parameter.
    Parameter(String),
    /// It comes a second after the link's end.
    Late,
    /// This signed header has another value.
    Header(String),
    /// This signed header is missing.
    NoHeader(String),
    /// It is sent with another method.
    Method(Method),
    /// It is a link to upload a part, and is sent with another method.
    MethodOfPart(Method),
}

/// The status with which a store refuses.
pub(crate) fn refused(server: &Server, wrong: &Wrong) -> u16 {
    match (server.name, wrong) {
        ("rclone", Wrong::Late) => 400,
        // Swift knows no such request, and looks at no signature then.
        ("swift", Wrong::MethodOfPart(_)) => 405,
        // As at AWS, a length is missed before a signature is looked at.
        ("demo", Wrong::NoHeader(name)) if name == "content-length" => 501,
        _ => 403,
    }
}

/// Each wrong use of a link, where `bytes` are what its holder would upload.
pub(crate) fn misuses(ask: &Ask, request: &LinkRequest, bytes: &[u8]) -> Vec<(Wrong, Call)> {
    let now = Timestamp::now();
    let right = ask.call(request, now, bytes);
    let at = |url: String| Call { url, ..right.clone() };
    let mut wrong = vec![
        (Wrong::Signature, at(with_last_changed(&right.url))),
        (Wrong::Key, at(with_key_changed(&right.url))),
        (Wrong::Late, ask.call(&LinkRequest { lifetime: minute().into(), ..request.clone() }, seconds_ago(61), bytes)),
    ];
    let version = request.object.version.as_ref().map(|_| "versionId");
    let parameters = request.query.iter().map(|(name, _)| name.as_str()).chain(version).chain(["X-Amz-Expires"]);
    wrong.extend(parameters.map(|name| (Wrong::Parameter(name.to_owned()), at(with_value_changed(&right.url, name)))));
    for (name, _) in &request.headers {
        wrong.push((Wrong::Header(name.clone()), with_other_header(&right, name)));
        wrong.push((Wrong::NoHeader(name.clone()), without_header(&right, name)));
    }
    let others = [Method::Get, Method::Head, Method::Put, Method::Delete].into_iter().filter(|m| *m != request.method);
    let is_part = request.query.iter().any(|(name, _)| name == "partNumber");
    let wrong_method = if is_part { Wrong::MethodOfPart } else { Wrong::Method };
    wrong.extend(others.map(|method| (wrong_method(method), sent_as(method, &right))));
    wrong
}

fn minute() -> Expiry {
    Expiry::from_seconds(60).unwrap()
}

/// The signature is last.
fn with_last_changed(url: &str) -> String {
    let (before, last) = url.split_at(url.len() - 1);
    format!("{before}{}", other(last.parse().unwrap()))
}

/// The last character of the path is another.
fn with_key_changed(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap();
    format!("{}?{query}", with_last_changed(path))
}

fn with_value_changed(url: &str, name: &str) -> String {
    let (before, rest) = url.split_once(&format!("{name}=")).unwrap();
    let (value, after) = rest.split_once('&').unwrap(); // the signature comes after it
    format!("{before}{name}={}&{after}", with_last_changed(value))
}

/// Another character of the same sort, so that a digit of an escape stays one.
pub(crate) fn other(c: char) -> char {
    match c {
        '0'..='8' | 'a'..='e' | 'A'..='E' | 'g'..='y' | 'G'..='Y' => char::from_u32(u32::from(c) + 1).unwrap(),
        '9' => '0',
        'f' => 'a',
        'F' => 'A',
        'z' => 'g',
        'Z' => 'G',
        _ => 'x',
    }
}

fn with_other_header(call: &Call, name: &str) -> Call {
    if name == "content-length" {
        return Call { body: call.body.as_ref().map(|bytes| [bytes, &b"!"[..]].concat()), ..call.clone() };
    }
    let (kept, changed) = apart(call, name);
    let value = match name {
        // As valid as the right one.
        "content-md5" => "XUFAKrxLKna5cZ2REBfFkg==".to_owned(),
        "x-amz-checksum-sha256" => format!("{}=", "A".repeat(43)),
        "if-none-match" => "\"5d41402abc4b2a76b9719d911017c592\"".to_owned(),
        _ => with_last_changed(changed.split_once(": ").unwrap().1),
    };
    Call { headers: kept, ..call.clone() }.with_header(format!("{name}: {value}"))
}

fn without_header(call: &Call, name: &str) -> Call {
    match name {
        "content-length" => call.clone().with_header("Transfer-Encoding: chunked"),
        _ => Call { headers: apart(call, name).0, ..call.clone() },
    }
}

/// The other headers, and this one.
fn apart(call: &Call, name: &str) -> (Vec<String>, String) {
    let is_it = |line: &String| line.starts_with(&format!("{name}: "));
    let (mut it, kept): (Vec<_>, Vec<_>) = call.headers.iter().cloned().partition(is_it);
    (kept, it.remove(0))
}

fn sent_as(method: Method, call: &Call) -> Call {
    let body = (method == Method::Put).then(|| b"of another method".to_vec());
    Call { verb: method.as_str(), body, ..call.clone() }
}
