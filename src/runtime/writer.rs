//! Writes to the terminal on a thread of its own, so that a slow one keeps nobody waiting. What is written is others' business.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A way to the terminal. What was sent is written in that order, even if this value is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    pieces: UnboundedSender<Vec<u8>>,
    under_way: Arc<UnderWay>,
}

/// What is not yet written, with a bell for threads and one for tasks.
#[derive(Debug, Default)]
struct UnderWay {
    state: Mutex<State>,
    changed: Condvar,
    bell: Notify,
}

#[derive(Debug, Default)]
struct State {
    pieces: usize,
    failed: Option<io::Error>,
}

impl Writer {
    /// A thread that writes to `line`. Flushing it has to wait until the terminal took all, where there is a way to know.
    pub(super) fn to(mut line: impl Write + Send + 'static) -> io::Result<Self> {
        let (pieces, mut waiting) = unbounded_channel::<Vec<u8>>();
        let under_way = Arc::<UnderWay>::default();
        let told = Arc::clone(&under_way);
        thread::Builder::new().name("screen".into()).spawn(move || {
            while let Some(piece) = waiting.blocking_recv() {
                told.done(line.write_all(&piece).and_then(|()| line.flush()));
            }
        })?;
        Ok(Self { pieces, under_way })
    }

    /// Sends bytes on their way. Says how an earlier sending failed.
    pub(super) fn send(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.under_way.begin()?;
        // The thread ends only after this value.
        let _ = self.pieces.send(bytes);
        Ok(())
    }

    /// Whether something is still being written. Says how that failed.
    pub(super) fn is_busy(&self) -> io::Result<bool> {
        self.under_way.state().pieces()
    }

    /// Waits until something more is written. Forgotten when dropped; asked again, it tells of what happened meanwhile.
    pub(super) async fn progress(&self) {
        self.under_way.bell.notified().await;
    }

    /// Waits, without letting others go on, until all is written.
    pub(super) fn finish(&self) -> io::Result<()> {
        let state = self.under_way.state();
        let mut state =
            self.under_way.changed.wait_while(state, |state| state.pieces > 0).unwrap_or_else(PoisonError::into_inner);
        state.failed.take().map_or(Ok(()), Err)
    }
}

impl UnderWay {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> io::Result<()> {
        let mut state = self.state();
        state.failed.take().map_or(Ok(()), Err)?;
        state.pieces += 1;
        Ok(())
    }

    fn done(&self, written: io::Result<()>) {
        let mut state = self.state();
        state.pieces = state.pieces.saturating_sub(1);
        if let Err(error) = written {
            state.failed.get_or_insert(error);
        }
        drop(state);
        self.changed.notify_all();
        self.bell.notify_one();
    }
}

impl State {
    fn pieces(&mut self) -> io::Result<bool> {
        self.failed.take().map_or(Ok(self.pieces > 0), Err)
    }
}
