//! A way to a server on which nothing moves until it is let go: whatever the screen does before that, it does unanswered.

use std::net::Ipv4Addr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::terminal::Terminal;

pub(crate) struct Held {
    /// Like that of the server, but for the port.
    pub(crate) endpoint: String,
    open: watch::Sender<bool>,
}

impl Held {
    /// The way to `endpoint` of this machine; it runs on `runtime`.
    pub(crate) fn before(endpoint: &str, runtime: &Runtime) -> Self {
        let (scheme, address) = endpoint.split_once("://").unwrap();
        let (open, gate) = watch::channel(false);
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let held = Self { endpoint: format!("{scheme}://{}", listener.local_addr().unwrap()), open };
        let address = address.to_owned();
        runtime.spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (mut gate, address) = (gate.clone(), address.clone());
                tokio::spawn(async move {
                    if gate.wait_for(|open| *open).await.is_ok() {
                        let mut server = TcpStream::connect(&address).await.unwrap();
                        // Either side may end it.
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        held
    }

    /// Holds that the terminal hears keys while it waits for an answer, then lets it have one.
    pub(crate) fn let_go(&self, terminal: &mut Terminal) {
        terminal.hears();
        self.open.send_replace(true);
    }
}
