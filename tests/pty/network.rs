//! The way to a store at its worst: what the screen then says, that keys are heard meanwhile, and that Esc ends the waiting.

use std::net::Ipv4Addr;
use std::time::Instant;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::held::Held;
use crate::link::last_copied;
use crate::rogue::{Act, Rogue, answer, by_its_clock, error};
use crate::terminal::{AT_ONCE, Terminal, USUAL};
use crate::tls_server::{Authority, Identity, TlsServer};

/// Three rows, and a promise of more.
const ROWS: &str = "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\
    <IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>\
    <Contents><Key>one.txt</Key><Size>1</Size></Contents><Contents><Key>two.txt</Key><Size>1</Size></Contents>\
    <Contents><Key>six.txt</Key><Size>1</Size></Contents></ListBucketResult>";

/// One row, and that is all.
const WHOLE: &str = "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\
    <IsTruncated>false</IsTruncated><Contents><Key>one.txt</Key><Size>1</Size></Contents></ListBucketResult>";

/// A server that gives a page of rows, and everything after that as told.
struct Bad {
    rogue: Rogue,
    /// What the server runs on.
    _runtime: Runtime,
}

impl Bad {
    fn after_a_page(act: impl Fn() -> Act + Send + Sync + 'static) -> Self {
        Self::start(move |n| if n == 0 { answer("200 OK", &[], ROWS) } else { act() })
    }

    fn start(act: impl Fn(usize) -> Act + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let rogue = runtime.block_on(Rogue::start(act));
        Self { rogue, _runtime: runtime }
    }

    fn browse(&self, env: &[(&str, &str)]) -> Terminal {
        browse(&self.rogue.endpoint, env)
    }
}

/// daypass at a bucket of whatever answers at `endpoint`. No key is looked at there.
fn browse(endpoint: &str, env: &[(&str, &str)]) -> Terminal {
    let arguments = ["s3://papers/", "--endpoint-url", endpoint, "--path-style"];
    Terminal::start(USUAL, &arguments, &[&ANY_KEYS[..], env].concat())
}

const ANY_KEYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
    ("AWS_REGION", "us-east-1"),
    ("DAYPASS_BROWSE_FACTS", "false"),
];

#[test]
fn in_a_storm_of_503_the_waiting_is_told_keys_work_and_esc_ends_it_at_once() {
    let bad = Bad::after_a_page(|| answer("503 Slow Down", &[("Retry-After", "15")], ""));
    let mut terminal = bad.browse(&[]);
    terminal.wait_for("one.txt");
    terminal.wait_for("the store is busy (503), trying again in 15 s, attempt 2 of 5");
    terminal.wait_for("trying again in 14 s");
    let pressed = Instant::now();
    terminal.press("jj");
    terminal.wait_for("3/3+");
    terminal.press("?");
    terminal.wait_for("Move down");
    terminal.press("q");
    terminal.wait_for("one.txt");
    terminal.press("\x1b");
    let screen = terminal.wait_gone("trying again");
    assert!(pressed.elapsed() < AT_ONCE, "{:?}", pressed.elapsed());
    assert!(screen.contains("cancelled") && screen.contains("one.txt"), "{screen}");
    assert_eq!(bad.rogue.asked().len(), 2);
    terminal.press("R");
    terminal.wait_for("trying again in 15 s, attempt 2 of 5");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn a_storm_without_end_ends_in_words_and_rows_stay() {
    let broken = || error("500 Internal Server Error", "InternalError");
    for (bad, words) in [
        (Bad::after_a_page(|| Act::Reset), "connection ended before the answer did; try again"),
        (Bad::after_a_page(broken), "try again in a moment [500 InternalError]"),
        (Bad::after_a_page(|| error("503 Slow Down", "SlowDown")), "asks for fewer requests; try again in a moment"),
    ] {
        let mut terminal = bad.browse(&[]);
        terminal.wait_for("one.txt");
        terminal.press("G");
        terminal.wait_for("3/3+");
        terminal.hears();
        let screen = terminal.wait_for_words(words);
        terminal.hears();
        assert!(screen.contains("one.txt") && screen.contains("cannot list s3://papers/"), "{screen}");
        assert!(bad.rogue.asked().len() >= 6, "{:?}", bad.rogue.asked());
    }
}

#[test]
fn an_answer_that_stops_in_the_middle_blocks_no_key_and_esc_ends_it() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<ListBucketResult>";
    let bad = Bad::after_a_page(move || Act::SayAndHang(head.into()));
    let mut terminal = bad.browse(&[]);
    terminal.wait_for("one.txt");
    terminal.wait_for("esc cancel");
    let pressed = Instant::now();
    terminal.press("jj");
    terminal.wait_for("3/3+");
    terminal.press("\x1b");
    terminal.wait_for("cancelled");
    assert!(pressed.elapsed() < AT_ONCE, "{:?}", pressed.elapsed());
}

/// Writes settings into the home of a terminal that has not started yet.
fn settings(folder: &tempfile::TempDir, text: &str) -> String {
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn a_self_signed_server_is_told_as_such_trusted_by_its_file_or_shown_as_unproven() {
    let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let identity = Identity::of_its_own(|_| ());
    let pem = folder.path().join("own.pem");
    std::fs::write(&pem, identity.pem()).unwrap();
    let pem = pem.display().to_string();
    let server = runtime.block_on(TlsServer::start(identity, WHOLE));

    let held = Held::before(&server.endpoint, &runtime);
    let mut terminal = browse(&held.endpoint, &[]);
    terminal.wait_for("papers");
    held.let_go(&mut terminal);
    let screen = terminal.wait_for_words("its certificate is self-signed");
    assert!(screen.contains("AWS_CA_BUNDLE") && screen.contains("ca_file"), "{screen}");
    terminal.hears();

    let terminal = browse(&server.endpoint, &[("AWS_CA_BUNDLE", &pem)]);
    let screen = terminal.wait_for("one.txt");
    assert!(!screen.contains("unverified"), "{screen}");

    let endpoint = &server.endpoint;
    let store = format!("[[store]]\nname = 'lab'\nendpoint = '{endpoint}'\naddressing = 'path'\n");
    for (more, proven) in [(format!("ca_file = '{pem}'"), true), ("insecure_tls = true".to_owned(), false)] {
        let file = settings(&folder, &format!("{store}{more}\n"));
        let env = [&ANY_KEYS[..], &[("DAYPASS_CONFIG", file.as_str())]].concat();
        let terminal = Terminal::start(USUAL, &["s3://papers/"], &env);
        let screen = terminal.wait_for("one.txt");
        assert_eq!(screen.contains("TLS unverified"), !proven, "{screen}");
    }
}

#[test]
fn a_proxy_that_is_dead_refuses_or_wants_a_login_is_named_with_what_to_do() {
    let runtime = Runtime::new().unwrap();
    let says = |status: &'static str| runtime.block_on(Rogue::start(move |_| answer(status, &[], "")));
    let (refusing, knowing) = (says("403 Forbidden"), says("407 Proxy Authentication Required"));
    let (slow, slower) = (Held::before(&refusing.endpoint, &runtime), Held::before(&knowing.endpoint, &runtime));
    for (proxy, held, why, hint) in [
        ("http://127.0.0.1:1", None, "it refused the connection", "HTTPS_PROXY"),
        (&slow.endpoint, Some(&slow), "it refuses the way to this host", "NO_PROXY"),
        (&slower.endpoint, Some(&slower), "it wants a login", "user:password"),
    ] {
        let mut terminal = browse("https://store.example", &[("HTTPS_PROXY", proxy)]);
        terminal.wait_for("papers");
        held.inspect(|held| held.let_go(&mut terminal));
        let screen = terminal.wait_for_words("did not help");
        assert!(screen.contains(&format!("the proxy {proxy} did not help: {why}")), "{screen}");
        assert!(screen.contains(hint), "{screen}");
        terminal.hears();
    }
    assert!(refusing.asked()[0].starts_with("CONNECT store.example:443 HTTP/1.1"), "{:?}", refusing.asked());
}

#[test]
fn a_store_behind_a_proxy_and_a_private_authority_is_browsed() {
    let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let authority = Authority::new();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, &authority.pem).unwrap();
    let identity = authority.vouches(|of| *of = rcgen::CertificateParams::new(["store.example".to_owned()]).unwrap());
    let server = runtime.block_on(TlsServer::start(identity, WHOLE));
    let proxy = runtime.block_on(tunnel(server.endpoint.rsplit_once(':').unwrap().1.parse().unwrap()));
    let pem = pem.display().to_string();
    let way = [("HTTPS_PROXY", proxy.as_str()), ("AWS_CA_BUNDLE", pem.as_str())];
    browse("https://store.example", &way).wait_for("one.txt");
}

/// A proxy that leads everybody to `port` of this machine; where it is.
async fn tunnel(port: u16) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                // Either side may end it.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    proxy
}

#[test]
fn a_machine_whose_clock_is_wrong_is_told_so_browses_on_and_makes_links_that_work() {
    for (minutes, words) in [(20, "min behind the store's"), (-20, "min ahead of the store's")] {
        let ahead = SignedDuration::from_mins(minutes);
        let runtime = Runtime::new().unwrap();
        let rogue = runtime.block_on(Rogue::hearing(move |_, head| by_its_clock(head, ahead, WHOLE)));
        let held = Held::before(&rogue.endpoint, &runtime);
        let arguments = ["s3://papers/", "--endpoint-url", &held.endpoint, "--path-style", "--clipboard", "osc52"];
        let mut terminal = Terminal::start(USUAL, &arguments, &ANY_KEYS);
        terminal.wait_for("papers");
        held.let_go(&mut terminal);
        terminal.wait_for("one.txt");
        terminal.wait_for_words("requests and links go by the store's time; set the clock");
        terminal.wait_for(words);
        terminal.press("s");
        let screen = terminal.wait_for("works until");
        assert!(screen.contains("(15 min") || screen.contains("(14 min"), "{screen}");
        assert!(screen.contains("by the clock") && screen.contains(words), "{screen}");
        terminal.wait_until("a copied link", |_, bytes| last_copied(bytes).is_some());
        let url = last_copied(&terminal.bytes()).unwrap();
        let signed = url.split("X-Amz-Date=").nth(1).unwrap().split('&').next().unwrap();
        let signed =
            DateTime::strptime("%Y%m%dT%H%M%SZ", signed).unwrap().to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
        let off = (signed.duration_since(Timestamp::now()) - ahead).abs();
        assert!(off < SignedDuration::from_mins(1), "signed {off} off the store's time");
    }
}
