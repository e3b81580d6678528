//! The person before the screen: what the world asks and tells them goes to the loop, and what they answer comes back.

use std::collections::VecDeque;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};

use crate::presign::credentials::{CodeAsk, OneTimeCode};
use crate::s3::failure::Failure;
use crate::world::{Person, Terminal, Uncoded};

/// How much may wait to be said. What is only told is dropped beyond that.
const WAITING: usize = 16;

/// Whoever sits before the screen.
pub struct AtTheScreen {
    said: mpsc::Sender<Said>,
    waits: watch::Sender<Option<String>>,
}

/// What is said to them, as the loop hears it.
pub struct Hearing {
    said: mpsc::Receiver<Said>,
    waits: watch::Receiver<Option<String>>,
}

/// Something that the world says to the person.
pub(super) enum Said {
    /// It asks for a code, and waits for it.
    Ask(CodeAsk, Answer),
    /// Something failed beside the work.
    Tell(Failure),
    /// It waits for this, or no longer.
    Wait(Option<String>),
}

/// Where the code goes; `None` where it is not given.
type Answer = oneshot::Sender<Option<OneTimeCode>>;

/// Both ends, for a store that is opened before there is a screen.
pub fn at_the_screen() -> (AtTheScreen, Hearing) {
    let (said, hears) = mpsc::channel(WAITING);
    let (waits, sees) = watch::channel(None);
    (AtTheScreen { said, waits }, Hearing { said: hears, waits: sees })
}

#[async_trait]
impl Person for AtTheScreen {
    async fn code(&self, ask: &CodeAsk) -> Result<OneTimeCode, Uncoded> {
        let (answer, code) = oneshot::channel();
        let ending = || Uncoded::Nobody("daypass is ending".to_owned());
        self.said.send(Said::Ask(ask.clone(), answer)).await.map_err(|_| ending())?;
        code.await.map_err(|_| ending())?.ok_or(Uncoded::Refused)
    }

    fn tell(&self, failure: Failure) {
        // It is in the log, too.
        let _ = self.said.try_send(Said::Tell(failure));
    }

    fn wait(&self, on: Option<String>) {
        self.waits.send_replace(on);
    }

    fn terminal(&self) -> Terminal {
        Terminal::Screen
    }
}

impl Hearing {
    /// What is said next; `None` when nobody is left to say anything.
    pub(super) async fn next(&mut self) -> Option<Said> {
        tokio::select! {
            said = self.said.recv() => said,
            Ok(()) = self.waits.changed() => Some(Said::Wait(self.waits.borrow_and_update().clone())),
        }
    }
}

/// The codes that are waited for. One is asked for at a time.
#[derive(Default)]
pub(super) struct Asks {
    waiting: VecDeque<(CodeAsk, Answer)>,
    asked: bool,
}

impl Asks {
    /// One more.
    pub(super) fn push(&mut self, ask: CodeAsk, answer: Answer) {
        self.waiting.push_back((ask, answer));
    }

    /// The one to ask for now, if none is asked for and somebody still waits for it.
    pub(super) fn next(&mut self) -> Option<CodeAsk> {
        if self.asked {
            return None;
        }
        self.waiting.retain(|(_, answer)| !answer.is_closed());
        let (ask, _) = self.waiting.front()?;
        self.asked = true;
        Some(ask.clone())
    }

    /// Answers the one that was asked for.
    pub(super) fn answer(&mut self, code: Option<OneTimeCode>) {
        self.asked = false;
        if let Some((_, answer)) = self.waiting.pop_front() {
            // Whoever asked may be gone.
            let _ = answer.send(code);
        }
    }
}
