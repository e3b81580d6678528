//! A server on loopback that says whatever a test wants, byte for byte, and remembers what it was asked.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What happens to a connection after a request was read.
pub(crate) enum Act {
    /// These bytes, then the end.
    Say(Vec<u8>),
    /// These bytes, then nothing for ever.
    SayAndHang(Vec<u8>),
    /// The connection is torn down.
    Reset,
}

/// The server; it ends with this.
pub(crate) struct Rogue {
    pub(crate) endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
    listening: AbortHandle,
}

impl Rogue {
    /// Answers the request number `n`, counted from 0, with `act(n)`.
    pub(crate) async fn start(act: impl Fn(usize) -> Act + Send + Sync + 'static) -> Self {
        Self::hearing(move |n, _| act(n)).await
    }

    /// The same, with the head of the request.
    pub(crate) async fn hearing(act: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (act, heads) = (Arc::new(act), asked.clone());
        let listening = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, act.clone(), heads.clone()));
            }
        });
        Self { endpoint, asked, listening: listening.abort_handle() }
    }

    /// The heads of all requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A whole answer, framed truly.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    Act::Say(bytes)
}

/// A store whose clock is `ahead` of this machine's, and which refuses what is signed a quarter of an hour off; else `body`.
pub(crate) fn by_its_clock(head: &str, ahead: SignedDuration, body: &str) -> Act {
    let now = Timestamp::now() + ahead;
    let date = rfc2822::to_string(&now.to_zoned_datetime(TimeZone::UTC)).unwrap().replace("+0000", "GMT");
    let signed = head.split("x-amz-date: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    let signed =
        DateTime::strptime("%Y%m%dT%H%M%SZ", signed).unwrap().to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
    let is_off = now.duration_since(signed).abs() > SignedDuration::from_mins(15);
    let (status, body) = match (is_off, head.starts_with("HEAD")) {
        (false, _) => ("200 OK", body),
        (true, true) => ("403 Forbidden", ""),
        (true, false) => ("403 Forbidden", "<Error><Code>RequestTimeTooSkewed</Code></Error>"),
    };
    answer(status, &[("Date", &date), ("x-amz-request-id", "R1")], body)
}

/// `<Error>` with a code.
pub(crate) fn error(status: &str, code: &str) -> Act {
    answer(status, &[], format!("<Error><Code>{code}</Code><Message>m</Message></Error>"))
}

type Acts = Arc<dyn Fn(usize, &str) -> Act + Send + Sync>;

async fn converse(mut stream: TcpStream, act: Acts, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    // TLS begins with a byte that no request in HTTP does; it is answered in HTTP all the same.
    while !head.ends_with(b"\r\n\r\n") && head.first() != Some(&22) {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let number = {
        let mut asked = asked.lock().unwrap();
        asked.push(head.clone());
        asked.len() - 1
    };
    match act(number, &head) {
        // The other side may have seen enough and be gone.
        Act::Say(bytes) => drop(stream.write_all(&bytes).await),
        Act::SayAndHang(bytes) => {
            drop(stream.write_all(&bytes).await);
            std::future::pending::<()>().await;
        }
        Act::Reset => stream.set_zero_linger().unwrap(),
    }
}
