//! Requests byte for byte, so that a test can send what no good client would, and cut them off in the middle.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use daypass::presign::credentials::SigningCredentials;
use secrecy::ExposeSecret;

use crate::client::Ask;
use crate::curl::Answer;

/// Sends what is there.
pub(crate) fn say(ask: &Ask) -> Answer {
    let length = match ask.method {
        "PUT" | "POST" => format!("content-length: {}\r\n", ask.body.len()),
        _ => String::new(),
    };
    say_with(ask, &length)
}

/// The same with these lines below its headers, the length of the body among them.
pub(crate) fn say_with(ask: &Ask, lines: &str) -> Answer {
    heard(begin(ask, lines))
}

/// Sends what is there, and nothing more will come.
pub(crate) fn say_half(ask: &Ask, lines: &str) -> Answer {
    let stream = begin(ask, lines);
    stream.shutdown(Shutdown::Write).unwrap();
    heard(stream)
}

pub(crate) fn begin(ask: &Ask, lines: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&ask.host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let headers: String = ask.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("{} {} HTTP/1.1\r\nhost: {}\r\n{headers}", ask.method, ask.target(), ask.host);
    let sent = [format!("{head}{lines}connection: close\r\n\r\n").as_bytes(), &ask.body].concat();
    // Who refuses by the head alone may hang up before the rest has come.
    let _ = stream.write_all(&sent);
    stream
}

pub(crate) fn heard(mut stream: TcpStream) -> Answer {
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let end = said.windows(4).position(|window| window == b"\r\n\r\n").map_or(said.len(), |at| at + 4);
    let (head, body) = said.split_at(end);
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head, body: body.to_vec() }
}

impl Ask {
    pub(crate) fn with(self, keys: SigningCredentials) -> Self {
        let SigningCredentials { access_key_id, secret_access_key, .. } = keys;
        Self { access_key_id, secret: secret_access_key.expose_secret().to_owned(), ..self }
    }
}

pub(crate) fn set(pairs: &mut [(String, String)], name: &str, value: &str) {
    pairs.iter_mut().find(|(found, _)| found == name).unwrap().1 = value.to_owned();
}

pub(crate) fn with_parameter(mut link: Ask, name: &str, value: &str) -> Ask {
    set(&mut link.query, name, value);
    link
}

pub(crate) fn without_parameter(mut link: Ask, name: &str) -> Ask {
    link.query.retain(|(found, _)| found != name);
    link
}

pub(crate) fn without_header(mut signed: Ask, name: &str) -> Ask {
    signed.headers.retain(|(found, _)| found != name);
    signed
}
