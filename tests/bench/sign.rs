//! How many links one core signs within a process. Measures and asserts nothing; `sign.py` beside this file compares.
//!
//!     cargo bench --bench sign [-- LINKS]

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench ends where it cannot go on, and its output is a line of JSON"
)]

use std::hint::black_box;
use std::time::Instant;

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::expiry::Expiry;
use daypass::presign::request::{LinkRequest, Method};
use daypass::presign::rules::Rules;
use daypass::presign::sign::Signer;
use daypass::s3::address::{Address, AddressingStyle, Endpoint};
use daypass::s3::location::ObjectId;
use daypass::s3::name::{BucketName, Key};
use jiff::Timestamp;

/// How often all links are made.
const RUNS: usize = 7;

/// How many of the links are printed, so that others can be compared with them.
const SAMPLE: usize = 100;

fn main() {
    let links = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    // As `sign.py` has it, for all that it measures.
    let address = Address {
        endpoint: Endpoint::parse("https://s3.example.invalid").unwrap(),
        region: "us-east-1".to_owned(),
        style: AddressingStyle::Path,
    };
    let credentials = SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        expires: None,
        source: "bench".to_owned(),
    };
    let bucket = BucketName::parse("bench").unwrap();
    let lifetime = Expiry::from_seconds(900).unwrap();
    let now: Timestamp = "2026-11-15T12:00:00Z".parse().unwrap();

    let (mut wall, mut cpu) = (Vec::with_capacity(RUNS), Vec::with_capacity(RUNS));
    let mut sample = Vec::with_capacity(SAMPLE);
    for run in 0..RUNS {
        let (started, used) = (Instant::now(), cpu_seconds());
        let mut signer = Signer::new(address.clone(), credentials.clone(), Rules::default());
        for number in 0..links {
            let key = Key::parse(&format!("reports/2026/quarter 3/page-{number:06}.pdf")).unwrap();
            let request = LinkRequest::new(Method::Get, ObjectId::current(bucket.clone(), key), lifetime);
            let link = black_box(signer.sign(&request, now).unwrap());
            if run == 0 && number < SAMPLE {
                sample.push(link.url.expose().to_owned());
            }
        }
        wall.push(started.elapsed().as_secs_f64());
        cpu.push(cpu_seconds() - used);
    }
    println!("{}", serde_json::json!({ "links": links, "wall": wall, "cpu": cpu, "sample": sample }));
}

/// What this thread has used until now, as Linux counts it; NaN, which is `null` in JSON, elsewhere.
fn cpu_seconds() -> f64 {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    counted.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}
