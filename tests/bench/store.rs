//! A store for measuring clients: its keys are computed from their rank and nothing is stored, so that a hundred million of
//! them are there at once. Waits and fails as it is told to. Only what a listing needs, and objects that hold their own key;
//! no check of any signature.
//!
//!     cargo run --release --example listing-store -- --keys 1000000 --layout deep --latency 50

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for measuring"
)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// What is served, and how badly.
struct Options {
    keys: u64,
    layout: Layout,
    latency: Duration,
    port: u16,
    /// Of a hundred requests, so many are answered with 503, with 500, by a reset, with half a body, with half a document
    /// in a whole body, and drop by drop.
    faults: [u64; 6],
    requests: AtomicU64,
    /// How many pages of keys were asked for, answered or not.
    pages: AtomicU64,
}

#[derive(Clone, Copy)]
enum Layout {
    Flat,
    Hashed,
    Deep,
    Dated,
    Skewed,
    /// A few keys that clients stumble over.
    Awkward,
}

/// Keys as S3 allows them, in their order: control characters, empty levels, dots, signs of URLs, 1,024 bytes.
fn awkward() -> Vec<String> {
    let long = "x".repeat(1_024);
    let mut keys: Vec<String> = [
        "/leading",
        "//two",
        "a//b",
        "a/./b",
        "a/../b",
        "bell\u{7}",
        "line\nend",
        "return\rend",
        "tab\tend",
        "\u{1}",
        "\u{7f}",
        "100%",
        "%41",
        "a+b c",
        "a&b=c?d#e",
        "\"'<>\\",
        "folder/",
        "ä/é/漢字🦀",
        "e\u{301}",
        "~",
        &long,
    ]
    .map(str::to_owned)
    .into();
    keys.sort();
    keys
}

impl Layout {
    /// The key of a rank; ranks and keys are in one order.
    fn key(self, rank: u64, count: u64, key: &mut String) {
        use std::fmt::Write;
        key.clear();
        let done = match self {
            Self::Flat => write!(key, "object-{rank:010}.dat"),
            Self::Hashed => write!(
                key,
                "{:016x}.bin",
                (u128::from(rank) * (1 << 64) / u128::from(count)) as u64 | ((rank * 2_654_435_761) & 0xff)
            ),
            Self::Deep => {
                let per = (count as f64).powf(0.2).ceil() as u64;
                let digit = |level: u32| rank / per.pow(level) % per;
                write!(
                    key,
                    "a{:02}/b{:02}/c{:02}/d{:02}/file-{:03}.bin",
                    rank / per.pow(4),
                    digit(3),
                    digit(2),
                    digit(1),
                    digit(0)
                )
            }
            Self::Dated => {
                let hour = rank / 40;
                write!(
                    key,
                    "logs/{}/{:02}/{:02}/{:02}/host-{:02}.gz",
                    2000 + hour / 8064,
                    1 + hour / 672 % 12,
                    1 + hour / 24 % 28,
                    hour % 24,
                    rank % 40
                )
            }
            Self::Skewed if rank < count / 100 => write!(key, "cold/{:05}/{:08}", rank / 100, rank),
            Self::Skewed => write!(key, "hot/customer-17/invoices/{rank:010}.pdf"),
            Self::Awkward => write!(key, "{}", AWKWARD.with(|keys| keys[rank as usize].clone())),
        };
        done.expect("a text takes all");
    }
}

thread_local! {
    static AWKWARD: Vec<String> = awkward();
}

fn main() {
    let mut options = Options {
        keys: 1_000_000,
        layout: Layout::Flat,
        latency: Duration::ZERO,
        port: 0,
        faults: [0; 6],
        requests: AtomicU64::new(0),
        pages: AtomicU64::new(0),
    };
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    for pair in words.chunks(2) {
        let value = pair.get(1).unwrap_or_else(|| panic!("{} needs a value", pair[0]));
        let number = || value.parse::<u64>().unwrap_or_else(|_| panic!("{value} is no number"));
        match &*pair[0] {
            "--keys" => options.keys = number(),
            "--latency" => options.latency = Duration::from_millis(number()),
            "--port" => options.port = number() as u16,
            "--layout" => {
                options.layout = match &**value {
                    "flat" => Layout::Flat,
                    "hashed" => Layout::Hashed,
                    "deep" => Layout::Deep,
                    "dated" => Layout::Dated,
                    "skewed" => Layout::Skewed,
                    "awkward" => Layout::Awkward,
                    other => panic!("{other} is no layout: flat, hashed, deep, dated, skewed, awkward"),
                }
            }
            // Per cent of 503, 500, resets, cut bodies, cut documents, dripping bodies: 10,10,10,10,10,20.
            "--faults" => {
                for (at, part) in value.split(',').enumerate() {
                    options.faults[at] = part.parse().expect("per cent");
                }
            }
            other => panic!("{other}: there are --keys, --layout, --latency, --faults and --port"),
        }
    }
    if let Layout::Awkward = options.layout {
        options.keys = awkward().len() as u64;
    }
    let listener = TcpListener::bind(("127.0.0.1", options.port)).expect("a port");
    println!("http://{}", listener.local_addr().unwrap());
    let options = Arc::new(options);
    for stream in listener.incoming().flatten() {
        let options = options.clone();
        thread::spawn(move || converse(stream, &options));
    }
}

fn converse(mut stream: TcpStream, options: &Options) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        line.clear();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut words = line.split(' ');
        let (is_head, target) = (words.next()? == "HEAD", words.next()?.to_owned());
        loop {
            line.clear();
            lines.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
        }
        let kind = Kind::of(&target);
        if kind == Kind::Page {
            options.pages.fetch_add(1, Ordering::Relaxed);
        }
        thread::sleep(options.latency);
        let number = options.requests.fetch_add(1, Ordering::Relaxed);
        if target == "/requests" {
            // What was asked so far, for whoever measures.
            let told = format!("{} {}\n", number, options.pages.load(Ordering::Relaxed));
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{told}", told.len()).as_bytes())
                .ok()?;
            continue;
        }
        body.clear();
        if let Kind::Object(key) = kind {
            let is_there = first(options, |known| known >= key.as_str()) < first(options, |known| known > key.as_str());
            let status = if is_there { "200 OK" } else { "404 Not Found" };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", key.len());
            let content = if is_head { "" } else { &*key };
            stream.write_all(&[head.as_bytes(), content.as_bytes()].concat()).ok()?;
            continue;
        }
        answer(&target, options, &mut body);
        let mut dice = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % 100;
        let fault = options.faults.iter().position(|share| {
            let hit = dice < *share;
            dice = dice.wrapping_sub(*share);
            hit
        });
        let refusal = "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>";
        let head = |status: &str, length: usize| {
            format!("HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n\r\n")
        };
        match fault {
            Some(0) => stream.write_all((head("503 Slow Down", refusal.len()) + refusal).as_bytes()).ok()?,
            Some(1) => {
                let refusal = refusal.replace("SlowDown", "InternalError");
                stream.write_all((head("500 Internal Server Error", refusal.len()) + &refusal).as_bytes()).ok()?;
            }
            Some(2) => return None,
            Some(3) => {
                stream.write_all(head("200 OK", body.len()).as_bytes()).ok()?;
                stream.write_all(&body[..body.len() / 2]).ok()?;
                return None;
            }
            Some(4) => {
                body.truncate(body.len() * 2 / 3);
                stream.write_all(head("200 OK", body.len()).as_bytes()).ok()?;
                stream.write_all(&body).ok()?;
            }
            Some(5) => {
                stream.write_all(head("200 OK", body.len()).as_bytes()).ok()?;
                for piece in body.chunks(body.len() / 20 + 1) {
                    stream.write_all(piece).ok()?;
                    thread::sleep(Duration::from_millis(5));
                }
            }
            _ => {
                let mut whole = head("200 OK", body.len()).into_bytes();
                whole.extend_from_slice(&body);
                stream.write_all(&whole).ok()?;
            }
        }
    }
}

/// What is asked for.
#[derive(PartialEq, Eq)]
enum Kind {
    Page,
    /// The object with this key.
    Object(String),
    Other,
}

impl Kind {
    fn of(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let key = path.strip_prefix("/bench/").filter(|key| !key.is_empty());
        let asks = |name: &str| query.split('&').any(|pair| pair.starts_with(name));
        match key {
            Some(key) => Self::Object(decoded(&key.replace('+', "%2B"))),
            None if path.starts_with("/bench") && !asks("location") => Self::Page,
            None => Self::Other,
        }
    }
}

/// Text as a document holds it: percent-encoded where that was asked for, else without what means something in XML.
fn written(text: &str, is_encoded: bool) -> String {
    use std::fmt::Write;
    let mut written = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | '/' => written.push(c),
            ' ' if is_encoded => written.push('+'),
            c if is_encoded => {
                let mut room = [0; 4];
                c.encode_utf8(&mut room).bytes().for_each(|byte| write!(written, "%{byte:02X}").unwrap());
            }
            '&' | '<' | '>' | '"' | '\'' | '\0'..='\x1f' => write!(written, "&#{};", u32::from(c)).unwrap(),
            c => written.push(c),
        }
    }
    written
}

/// The document that a request is answered with.
fn answer(target: &str, options: &Options, body: &mut Vec<u8>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        Some(decoded(value))
    };
    if path == "/" {
        body.extend_from_slice(b"<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets><Bucket><Name>bench</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>");
        return;
    }
    if query.split('&').any(|pair| pair.starts_with("location")) {
        body.extend_from_slice(b"<LocationConstraint>us-east-1</LocationConstraint>");
        return;
    }
    let prefix = asked("prefix").unwrap_or_default();
    let delimiter = asked("delimiter").filter(|delimiter| !delimiter.is_empty());
    let most = asked("max-keys").and_then(|most| most.parse().ok()).unwrap_or(1000_u64).min(1000);
    let after =
        asked("continuation-token").or_else(|| asked("start-after")).or_else(|| asked("marker")).unwrap_or_default();
    let is_encoded = asked("encoding-type").is_some();
    let mut key = String::new();
    let mut rank = first(options, |key| key > after.as_str()).max(first(options, |key| key >= prefix.as_str()));
    let (mut contents, mut common, mut last, mut rows) = (Vec::with_capacity(300_000), Vec::new(), String::new(), 0);
    let mut truncated = false;
    while rank < options.keys {
        options.layout.key(rank, options.keys, &mut key);
        if !key.starts_with(&prefix) {
            break;
        }
        if rows == most {
            truncated = true;
            break;
        }
        let folded = delimiter.as_ref().and_then(|delimiter| {
            let end = prefix.len() + key[prefix.len()..].find(delimiter)? + delimiter.len();
            Some(key[..end].to_owned())
        });
        match folded {
            Some(folded) => {
                rank = first(options, |key| key > folded.as_str() && !key.starts_with(&folded));
                if folded > after {
                    let told = written(&folded, is_encoded);
                    write!(common, "<CommonPrefixes><Prefix>{told}</Prefix></CommonPrefixes>").unwrap();
                    last = folded;
                    rows += 1;
                }
            }
            None => {
                contents.extend_from_slice(b"<Contents><Key>");
                match options.layout {
                    Layout::Awkward => contents.extend_from_slice(written(&key, is_encoded).as_bytes()),
                    // Nothing in the others has to be encoded, and that would cost more than all the rest.
                    _ => contents.extend_from_slice(key.as_bytes()),
                }
                contents.extend_from_slice(b"</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>");
                write!(contents, "{}", 1000 + rank % 1_000_000).unwrap();
                contents.extend_from_slice(b"</Size><StorageClass>STANDARD</StorageClass></Contents>");
                last.clone_from(&key);
                rows += 1;
                rank += 1;
            }
        }
    }
    let is_second = asked("list-type").is_some();
    write!(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bench</Name><Prefix>{}</Prefix><KeyCount>{rows}</KeyCount><MaxKeys>{most}</MaxKeys>{}<IsTruncated>{truncated}</IsTruncated>", written(&prefix, is_encoded), if is_encoded { "<EncodingType>url</EncodingType>" } else { "" }).unwrap();
    if truncated {
        let name = if is_second { "NextContinuationToken" } else { "NextMarker" };
        write!(body, "<{name}>{}</{name}>", written(&last, is_encoded && !is_second)).unwrap();
    }
    body.extend_from_slice(&contents);
    body.extend_from_slice(&common);
    body.extend_from_slice(b"</ListBucketResult>");
}

/// The first rank whose key is so; keys that are so come after all others.
fn first(options: &Options, is_so: impl Fn(&str) -> bool) -> u64 {
    let (mut low, mut high, mut key) = (0, options.keys, String::new());
    while low < high {
        let middle = low + (high - low) / 2;
        options.layout.key(middle, options.keys, &mut key);
        if is_so(&key) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap_or("0"), 16).unwrap_or(b'?'));
            }
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
