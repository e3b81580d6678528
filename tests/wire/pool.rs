//! How many connections requests take: they are used again, and there is an end to them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use daypass::world::open::StoreSpec;
use daypass::world::wire::Limits;
use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{any_keys, below, spec, store};

/// A server that keeps connections, and counts them and the questions under way.
#[derive(Clone, Default)]
struct Counted {
    connections: Arc<AtomicUsize>,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Counted {
    async fn start() -> (String, Self) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let counted = Self::default();
        let counting = counted.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counting.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(counting.clone().serve(stream));
            }
        });
        (endpoint, counted)
    }

    async fn serve(self, mut stream: TcpStream) {
        const BODY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            // Lets the others come.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len());
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn questions_one_after_the_other_share_a_connection() {
    let (endpoint, counted) = Counted::start().await;
    let store = store(&StoreSpec { limits: Limits::default(), ..spec(&endpoint, any_keys()) }).await;
    for _ in 0..50 {
        store.keys(&below("bucket", "", 1000)).await.unwrap();
    }
    assert_eq!(counted.connections(), 1);
}

#[tokio::test]
async fn questions_at_once_take_a_bounded_number_of_connections_which_serve_the_next_ones_too() {
    let (endpoint, counted) = Counted::start().await;
    let store = store(&StoreSpec { limits: Limits::default(), ..spec(&endpoint, any_keys()) }).await;
    let ask = async |many: usize| {
        let asked = (0..many).map(|_| async { store.keys(&below("bucket", "", 1000)).await.map(drop) });
        for answer in join_all(asked).await {
            answer.unwrap();
        }
    };
    ask(600).await;
    assert!(counted.most.load(Ordering::SeqCst) <= 256, "{:?}", counted.most);
    assert!(counted.connections() <= 600, "{}", counted.connections());
    let before = counted.connections();
    ask(32).await;
    assert_eq!(counted.connections(), before, "there are connections to use again");
}
