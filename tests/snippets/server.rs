//! A server on this machine that answers everything alike and notes what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// What every download holds.
pub(crate) const BODY: &[u8] = b"\x00\x01bytes \xff\r\n of an object\n";

/// A request as it arrived.
pub(crate) struct Arrived {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = named.next().map(|(_, value)| value.as_str());
        assert!(named.next().is_none(), "{name} arrived twice");
        value
    }
}

/// A server on this machine that answers everything with [`BODY`], and what it was asked.
pub(crate) struct Server {
    pub(crate) origin: String,
    arrived: Receiver<Arrived>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (notes, arrived) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &notes);
            }
        });
        Self { origin, arrived }
    }

    pub(crate) fn only_request(&self) -> Arrived {
        let first = self.arrived.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(self.arrived.try_recv().is_err(), "there was a second request");
        first
    }

    /// What was asked since, in the order in which it arrived.
    pub(crate) fn requests(&self) -> Vec<Arrived> {
        self.arrived.try_iter().collect()
    }
}

fn answer(mut stream: TcpStream, notes: &Sender<Arrived>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let request = line();
    let [method, target, _] = request.split(' ').collect::<Vec<_>>()[..] else { panic!("{request}") };
    let mut headers = Vec::new();
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut arrived = Arrived { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() };
    if arrived.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    let length = arrived.header("content-length").map_or(0, |length| length.parse().unwrap());
    arrived.body.resize(length, 0);
    reader.read_exact(&mut arrived.body).unwrap();
    let has_body = arrived.method == "GET";
    notes.send(arrived).unwrap();
    let length = if has_body { BODY.len() } else { 0 };
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
    stream.write_all(if has_body { BODY } else { b"" }).unwrap();
}
