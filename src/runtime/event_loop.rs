//! The loop: draw once what changed, wait for something, take all that is ready, change what is true, do what follows from it.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::{Instant, sleep_until};

use super::Ending;
use super::lanes::Lanes;
use super::pace::{Cause, Pace};
use super::perform::Outcome;
use super::person::{Asks, Hearing, Said};
use super::screen::{Device, Screen};
use crate::command::key::Key;
use crate::model::Model;
use crate::model::moment::Moment;
use crate::model::viewport::Viewport;
use crate::presign::link::LinkText;
use crate::update;
use crate::update::effect::Effect;
use crate::update::msg::{Mouse, Msg};
use crate::view;
use crate::view::theme::Theme;
use crate::world::{Clock, World};

/// The most events, and the most answers, that are taken before the screen is drawn again.
const MOST_PER_TURN: usize = 256;

/// How long answers are taken in before keys are looked for again.
const LONGEST_TURN: Duration = Duration::from_millis(4);

/// The shortest time between two moments that were waited for, so that one that never passes costs little.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// How many answers may wait. One per lane and the acts under way; more than that only wait in their tasks.
const ANSWERS: usize = 16;

/// What comes from the terminal and from the system.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Pasted(LinkText),
    /// The mouse did something.
    Mouse(Mouse),
    /// The terminal has another size, or lost what it showed.
    Resized,
    /// Somebody asks the program to stop until it is continued.
    Stop,
    /// The program was continued after a stop.
    Continued,
    /// The program has to end.
    End(Ending),
}

/// Turns until the end comes: asked for by the user, or from outside.
pub(super) async fn run<D: Device>(
    model: &mut Model,
    theme: &Theme,
    world: World,
    said: Hearing,
    screen: &mut Screen<D>,
    incoming: &mut Receiver<Incoming>,
) -> io::Result<Ending> {
    let clock = Arc::clone(&world.clock);
    let (sender, answers) = mpsc::channel(ANSWERS);
    let lanes = Lanes::new(model.store.id.clone(), world, sender);
    let started = Instant::now();
    let mut turning = EventLoop {
        model,
        theme,
        screen,
        incoming,
        lanes,
        answers,
        said,
        asks: Asks::default(),
        clock,
        started,
        woke: None,
        pace: Pace::default(),
    };
    match turning.turns().await {
        Err(Over::Ended(ending)) => Ok(ending),
        Err(Over::Broken(error)) => Err(error),
    }
}

struct EventLoop<'a, D: Device> {
    model: &'a mut Model,
    theme: &'a Theme,
    screen: &'a mut Screen<D>,
    incoming: &'a mut Receiver<Incoming>,
    lanes: Lanes,
    answers: Receiver<Outcome>,
    said: Hearing,
    asks: Asks,
    clock: Arc<dyn Clock>,
    started: Instant,
    woke: Option<Instant>,
    pace: Pace,
}

/// Why no turn follows.
enum Over {
    Ended(Ending),
    Broken(io::Error),
}

impl From<io::Error> for Over {
    /// A terminal that is gone is an end like others: nobody is there to be told of an error.
    fn from(error: io::Error) -> Self {
        let gone = error.kind() == io::ErrorKind::BrokenPipe
            || matches!(Errno::from_io_error(&error), Some(Errno::IO | Errno::NXIO | Errno::NODEV));
        if gone { Self::Ended(Ending::HungUp) } else { Self::Broken(error) }
    }
}

/// What a turn begins with.
enum Happened {
    Incoming(Incoming),
    Answered(Outcome),
    Said(Said),
    Woke,
    /// It is time to draw, or the terminal has taken what was written.
    Drawable,
}

impl<D: Device> EventLoop<'_, D> {
    async fn turns(&mut self) -> Result<Infallible, Over> {
        let first = update::start(self.model, self.now());
        self.carry_out(first).await?;
        self.pace.changed(Cause::Hand);
        loop {
            if let Some(ask) = self.asks.next() {
                self.pace.changed(Cause::Hand);
                self.change(Msg::CodeWanted(ask)).await?;
            }
            // What a slow terminal cannot show in time is left out; the keys are heard.
            let busy = self.screen.is_busy()?;
            let now = Instant::now();
            let due = self.pace.due(now).filter(|_| !busy);
            if due.is_some_and(|due| due <= now) {
                self.draw().await?;
                self.pace.drew(now);
                continue;
            }
            match self.wait(due).await {
                Happened::Incoming(incoming) => self.take(incoming).await?,
                Happened::Answered(outcome) => self.learn(outcome).await?,
                Happened::Said(Said::Ask(ask, answer)) => self.asks.push(ask, answer),
                Happened::Said(Said::Tell(failure)) => self.hear(Msg::Told(failure)).await?,
                Happened::Said(Said::Wait(on)) => self.hear(Msg::Waiting(on)).await?,
                Happened::Woke => self.wake().await?,
                Happened::Drawable => {}
            }
            for _ in 1..MOST_PER_TURN {
                let Ok(incoming) = self.incoming.try_recv() else { break };
                self.take(incoming).await?;
            }
            let began = Instant::now();
            for _ in 0..MOST_PER_TURN {
                if began.elapsed() > LONGEST_TURN {
                    break;
                }
                let Ok(outcome) = self.answers.try_recv() else { break };
                self.learn(outcome).await?;
            }
            self.look_at_the_clock().await?;
        }
    }

    /// Draws, and draws once more where the measures changed: they may change what is to be seen.
    async fn draw(&mut self) -> Result<(), Over> {
        let mut picture = None;
        for _ in 0..2 {
            let now = self.now();
            let mut measured = Viewport::default();
            picture = Some(self.screen.picture(|frame| measured = view::draw(self.model, self.theme, now, frame))?);
            if measured == self.model.viewport {
                break;
            }
            self.change(Msg::Measured(measured)).await?;
        }
        Ok(picture.map_or(Ok(()), |picture| self.screen.show(picture))?)
    }

    /// Waits for whatever comes first; `due` is when to draw.
    async fn wait(&mut self, due: Option<Instant>) -> Happened {
        let next = self.model.next_wake(self.now()).and_then(|uptime| self.started.checked_add(uptime));
        let earliest = self.woke.and_then(|woke| woke.checked_add(SHORTEST_WAIT));
        let next = next.map(|next| earliest.map_or(next, |earliest| next.max(earliest)));
        tokio::select! {
            biased;
            incoming = self.incoming.recv() => {
                Happened::Incoming(incoming.unwrap_or(Incoming::End(Ending::HungUp)))
            }
            Some(outcome) = self.answers.recv() => Happened::Answered(outcome),
            Some(said) = self.said.next() => Happened::Said(said),
            () = at(next) => {
                self.woke = Some(Instant::now());
                Happened::Woke
            }
            () = at(due) => Happened::Drawable,
            () = self.screen.progress() => Happened::Drawable,
        }
    }

    async fn take(&mut self, incoming: Incoming) -> Result<(), Over> {
        self.pace.changed(Cause::Hand);
        match incoming {
            Incoming::Key(key) => self.change(Msg::Key(key)).await,
            Incoming::Pasted(text) => self.change(Msg::Pasted(text)).await,
            Incoming::Mouse(mouse) => self.change(Msg::Mouse(mouse)).await,
            Incoming::Resized => {
                self.screen.redraw_everything();
                Ok(())
            }
            Incoming::Stop => self.stop().await,
            // Stopped without being asked (SIGSTOP): the shell wrote on the screen and set its modes.
            Incoming::Continued => {
                self.screen.give_back()?;
                Ok(self.screen.take()?)
            }
            Incoming::End(ending) => Err(Over::Ended(ending)),
        }
    }

    async fn hear(&mut self, msg: Msg) -> Result<(), Over> {
        self.pace.changed(Cause::Work);
        self.change(msg).await
    }

    async fn wake(&mut self) -> Result<(), Over> {
        self.pace.changed(Cause::Work);
        self.change(Msg::Woke).await
    }

    /// An answer may have told that this machine's clock is wrong.
    async fn look_at_the_clock(&mut self) -> Result<(), Over> {
        match self.clock.skew() {
            skew if skew == self.model.store.clock_skew => Ok(()),
            skew => {
                self.pace.changed(Cause::Work);
                self.change(Msg::ClockIsOff(skew)).await
            }
        }
    }

    async fn learn(&mut self, outcome: Outcome) -> Result<(), Over> {
        self.pace.changed(Cause::Work);
        match outcome {
            Outcome::Answer(msg) => self.change(msg).await,
            Outcome::Opened { id, world, then } => {
                self.lanes.hold(id, *world);
                self.change(then).await
            }
            Outcome::Send { sequence, then } => {
                self.screen.send(&sequence)?;
                self.change(then).await
            }
        }
    }

    async fn change(&mut self, msg: Msg) -> Result<(), Over> {
        let now = self.now();
        let effects = update::update(self.model, msg, now);
        self.carry_out(effects).await
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), Over> {
        for effect in effects {
            match effect {
                Effect::Abort(lane) => self.lanes.abort(lane),
                Effect::GiveCode(code) => self.asks.answer(code),
                Effect::EnterStore(store) => self.clock = self.lanes.enter(&store),
                Effect::CaptureMouse(on) => self.screen.capture_mouse(on)?,
                Effect::Suspend => self.stop().await?,
                Effect::Quit => return Err(Over::Ended(Ending::Asked)),
                Effect::ListBuckets(_)
                | Effect::List(..)
                | Effect::ListAll(..)
                | Effect::Arrange(..)
                | Effect::Head(..)
                | Effect::Tags(..)
                | Effect::Versions(..)
                | Effect::AskEnd(_)
                | Effect::Presign(..)
                | Effect::ReadLedger(_)
                | Effect::Inspect(..)
                | Effect::AskStore(..)
                | Effect::Examine(..)
                | Effect::CopyLink(..)
                | Effect::Probe(..)
                | Effect::Batch(..)
                | Effect::CountUsage(..)
                | Effect::Find(..)
                | Effect::Record(..)
                | Effect::Remember(_)
                | Effect::ListStores(_)
                | Effect::OpenStore(..)
                | Effect::TryStore(..)
                | Effect::AddStore(..)
                | Effect::CopyLinkText(..)
                | Effect::CopyText(..)
                | Effect::CopyAddress(..)
                | Effect::SaveLink(..) => self.lanes.begin(effect),
            }
        }
        Ok(())
    }

    /// Gives the terminal back and stops; goes on when the program is continued.
    async fn stop(&mut self) -> Result<(), Over> {
        if !self.screen.stop()? {
            return Ok(());
        }
        loop {
            match self.incoming.recv().await {
                Some(Incoming::Continued) => return Ok(self.screen.take()?),
                Some(Incoming::End(ending)) => return Err(Over::Ended(ending)),
                None => return Err(Over::Ended(Ending::HungUp)),
                // Whatever was typed belonged to the shell.
                Some(Incoming::Key(_) | Incoming::Pasted(_) | Incoming::Mouse(_)) => {}
                Some(Incoming::Resized | Incoming::Stop) => {}
            }
        }
    }

    fn now(&self) -> Moment {
        Moment { wall: self.clock.now(), uptime: self.started.elapsed() }
    }
}

/// Waits until then; for ever where there is no such moment.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}
