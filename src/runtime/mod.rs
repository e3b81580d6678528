//! What makes it go: the loop, the terminal, the work beside it, the log.

mod batch;
mod canvas;
mod event_loop;
mod find;
mod input;
mod lanes;
mod listing;
pub mod logging;
mod pace;
mod pen;
pub mod perform;
pub mod person;
mod picture;
mod screen;
mod signals;
mod steps;
mod terminal;
mod usage;
mod writer;

use std::io;

use tokio::sync::mpsc;

use crate::model::Model;
use crate::model::presign::Noted;
use crate::model::store::Store;
use crate::s3::location::Location;
use crate::view::theme::Theme;
use crate::world::World;
use person::Hearing;
use screen::Screen;
use terminal::Tty;

/// How many events may wait to be taken; what is typed beyond that waits in the terminal.
const INCOMING: usize = 1024;

/// Takes the terminal, shows the model until the end comes, and gives the terminal back as it was.
///
/// Has to be called within a Tokio runtime that can do I/O and time.
pub async fn run(mut model: Model, world: World, said: Hearing, theme: Theme) -> io::Result<Ended> {
    let tty = Tty::open()?;
    let keyboard = terminal::keyboard()?;
    let (sender, mut incoming) = mpsc::channel(INCOMING);
    signals::watch(&sender)?;
    let tty_in_panic = tty.try_clone()?;
    let mut screen = Screen::new(tty, model.mouse)?;
    terminal::give_back_on_panic(tty_in_panic, screen.taken());
    screen.take()?;
    tracing::info!("the screen is taken");
    input::read_on_a_thread(keyboard, sender)?;
    let turning = event_loop::run(&mut model, &theme, world, said, &mut screen, &mut incoming);
    let ending = terminal::as_the_loop(turning).await?;
    drop(screen);
    tracing::info!(?ending, "the screen is given back");
    Ok(Ended { print: model.print_on_exit, store: model.store, place: model.browse.here.location, ending })
}

/// How the screen ended, and what is left to do when the terminal is given back.
#[derive(Debug)]
pub struct Ended {
    /// Links to print to standard output, as the user asked.
    pub print: Vec<Noted>,
    /// The store that was open.
    pub store: Store,
    /// The place in it that was shown.
    pub place: Location,
    /// Why it ended.
    pub ending: Ending,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The user asked for it.
    Asked,
    /// A signal asked for it: its number.
    Signal(i32),
    /// The terminal is gone.
    HungUp,
}

impl Ending {
    /// The exit code that shells expect: 128 and the signal's number, which for a terminal that is gone is SIGHUP's.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Asked => 0,
            Self::Signal(number) => u8::try_from(number).unwrap_or(0).saturating_add(128),
            Self::HungUp => 129,
        }
    }
}

#[cfg(test)]
mod tests;
