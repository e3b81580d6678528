//! Signals as things that happen: the end, the stop of `^Z`, the continuation, another size.

use std::io;

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Received, SignalKind, signal};
use tokio::sync::mpsc;

use super::Ending;
use super::event_loop::Incoming;

/// Signals that end the program cleanly.
const ENDS: [Signal; 4] = [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT];

/// Tells `incoming` of signals from now on.
pub(super) fn watch(incoming: &mpsc::Sender<Incoming>) -> io::Result<()> {
    for end in ENDS {
        tell(end, incoming, move || Incoming::End(Ending::Signal(end.as_raw())))?;
    }
    tell(Signal::TSTP, incoming, || Incoming::Stop)?;
    tell(Signal::CONT, incoming, || Incoming::Continued)?;
    tell(Signal::WINCH, incoming, || Incoming::Resized)
}

fn tell(
    kind: Signal,
    incoming: &mpsc::Sender<Incoming>,
    what: impl Fn() -> Incoming + Send + 'static,
) -> io::Result<()> {
    let mut signals: Received = signal(SignalKind::from_raw(kind.as_raw()))?;
    let incoming = incoming.clone();
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            if incoming.send(what()).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}
