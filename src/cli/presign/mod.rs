//! `daypass presign`: links for scripts. The same functions make them as on the screen; here is only the way from arguments
//! and standard input to standard output.

mod arguments;
mod below;
mod form;
mod hls;
mod json;
mod making;
mod notes;
mod parts;
mod places;
mod sink;
mod written;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use jiff::tz::TimeZone;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::runtime::Runtime;

pub(super) use self::arguments::PresignArguments;
use self::arguments::{Kind, MessageKind, Shape};
use self::below::{Interrupt, LinksAreSeen, Next, Progress};
use self::form::Target;
use self::making::Making;
use self::notes::{Notes, Number};
use self::places::{Below, Ending, Objects, Place};
use self::sink::Sink;
use self::written::{Colors, Format, Ground, Output, Remarks};
use super::arguments::nonsense;
use super::{Environment, complain, store};
use crate::presign::caution::{Caution, cautions};
use crate::presign::export::Export;
use crate::presign::ledger::Destination;
use crate::presign::link::Link;
use crate::presign::multipart;
use crate::presign::qr::{Cells, Glyphs};
use crate::s3::location::ObjectId;
use crate::s3::size::count;
use crate::s3::text::visible;
use crate::settings::load::{Loaded, SettingsWarning};
use crate::settings::paths::Paths;
use crate::settings::types::{Settings, Store};
use crate::world::World;
use crate::world::listing::series::{Series, objects};

/// The exit code when Ctrl-C stopped it, as shells count: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// More cells than any code takes: a file can be as large as it likes.
const UNBOUNDED: Cells = Cells { width: usize::MAX, height: usize::MAX };

/// Links to be made, with every choice made.
pub(super) struct PresignPlan {
    asked: PresignArguments,
    work: Work,
    store: Store,
    settings: Settings,
    colors: Colors,
    zone: TimeZone,
    log_file: Option<PathBuf>,
    ledger_file: Option<PathBuf>,
    state_dir: Option<PathBuf>,
    warnings: Vec<SettingsWarning>,
}

/// What is to be made, and to what.
enum Work {
    /// Links to objects.
    Links(Vec<Place>),
    /// Links to everything below prefixes.
    LinksBelow(Vec<Below>),
    /// A script.
    Multipart(ObjectId, multipart::Plan),
    /// A form.
    Form(Target),
    /// Playlists in a new folder.
    Hls(ObjectId, PathBuf),
}

/// What making links takes, whichever they are.
#[derive(Clone, Copy)]
struct Run<'a> {
    asked: &'a PresignArguments,
    settings: &'a Settings,
    colors: Colors,
    zone: &'a TimeZone,
    world: &'a World,
    runtime: &'a Runtime,
}

/// What is to be done, from the arguments and the settings.
pub(super) fn plan(
    asked: PresignArguments,
    environment: &Environment,
    paths: Option<&Paths>,
) -> anyhow::Result<PresignPlan> {
    let refused = |why: String| nonsense(Some("presign"), why);
    if let Some(why) = asked.nonsense() {
        return Err(refused(why).into());
    }
    let work = work(&asked).map_err(refused)?;
    let loaded = store::settings(&asked.store, environment, paths, [])?;
    let store = store::chosen(&asked.store, &loaded.settings, environment);
    let store = store.map_err(|unchosen| unchosen.of(Some("presign")))?;
    let Loaded { settings, warnings, message_zone, .. } = loaded;
    let variable =
        |name: &str| environment.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str());
    let colors = match settings.look.colors.wants_colors(variable("NO_COLOR"), variable("TERM")) {
        true => Colors::Told,
        false => Colors::Usual,
    };
    let log_file = store::log_file(&settings, paths);
    let ledger_file = settings.ledger.enabled.then(|| store::ledger_file(&settings, paths));
    let state_dir = paths.map(|paths| paths.state_dir.clone());
    let zone = message_zone.unwrap_or_else(TimeZone::system);
    Ok(PresignPlan { asked, work, store, settings, colors, zone, log_file, ledger_file, state_dir, warnings })
}

/// What the arguments ask for; they make sense together.
fn work(asked: &PresignArguments) -> Result<Work, String> {
    let object = |text: &str| places::object(text, asked.prefix.as_ref()).map_err(|error| error.to_string());
    let first = asked.places.first().map_or("", String::as_str);
    match asked.kind() {
        Kind::Links if asked.recursive => {
            asked.places.iter().map(|text| Below::parse_folder(text)).collect::<Result<_, _>>().map(Work::LinksBelow)
        }
        Kind::Links => {
            let place = |text: &String| match text.as_str() {
                places::INPUT => Ok(Place::Input),
                text => object(text).map(Place::Object),
            };
            asked.places.iter().map(place).collect::<Result<_, _>>().map(Work::Links)
        }
        Kind::Multipart => {
            let size = asked.upload.size.map_or(0, |size| size.max);
            let plan = multipart::Plan::new(size, asked.other.part_size).map_err(|error| error.to_string())?;
            Ok(Work::Multipart(object(first)?, plan))
        }
        Kind::Form => form::target(first).map(Work::Form),
        Kind::Hls => Ok(Work::Hls(object(first)?, asked.output.output.clone().unwrap_or_default())),
    }
}

/// Makes what was asked for.
pub(super) fn run(plan: PresignPlan) -> anyhow::Result<ExitCode> {
    let PresignPlan { asked, settings, colors, zone, .. } = &plan;
    store::start_log(plan.log_file.as_deref(), settings)?;
    for warning in &plan.warnings {
        complain(warning);
    }
    if asked.note.is_some() && plan.ledger_file.is_none() {
        complain(&"the settings turn the ledger off, so the note is kept nowhere");
    }
    let mut runtime = match plan.work {
        // Pages come while links are made.
        Work::LinksBelow(_) => tokio::runtime::Builder::new_multi_thread(),
        Work::Links(_) | Work::Multipart(..) | Work::Form(_) | Work::Hls(..) => {
            tokio::runtime::Builder::new_current_thread()
        }
    };
    let runtime = runtime.worker_threads(1).enable_all().build().context("cannot start")?;
    let spec = store::spec_of(&plan.store, store::usual(settings));
    let ledger = store::ledger(plan.ledger_file.as_deref());
    let memory = store::memory(settings, plan.state_dir.as_deref());
    let world = runtime.block_on(store::open_headless(&spec, ledger, memory))?;
    let run = Run { asked, settings, colors: *colors, zone, world: &world, runtime: &runtime };
    match &plan.work {
        Work::Links(places) => run.links(|output| run.links_to(places, output)),
        Work::LinksBelow(prefixes) => run.links(|output| run.links_below(prefixes, output)),
        Work::Multipart(object, cut) => parts::run(&run, object, *cut).map(|()| ExitCode::SUCCESS),
        Work::Form(target) => form::run(&run, target).map(|()| ExitCode::SUCCESS),
        Work::Hls(object, folder) => hls::run(&run, object, folder).map(|()| ExitCode::SUCCESS),
    }
}

impl<'a> Run<'a> {
    /// Makes links and ends what is written, also where something went wrong: what was made until then is handed out.
    fn links(&self, make: impl FnOnce(&mut Output<'a>) -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
        let sink = self.sink()?;
        let trouble = sink.trouble();
        let format = self.format(&sink);
        let destination = match &format {
            Format::Qr(_) if sink.screen().is_some() => Destination::Qr,
            Format::Json | Format::List(_) | Format::Command(_) | Format::Message { .. } | Format::Qr(_) => {
                sink.destination()
            }
        };
        let number = if self.asked.is_batch() { Number::Many } else { Number::One };
        let notes = self.notes(destination, number);
        let mut output = Output::new(format, self.remarks(), &self.world.links.rules, notes, sink);
        let made = make(&mut output);
        let finished = output.finish().context(trouble);
        let code = made?;
        finished.map(|()| code)
    }

    /// Makes the links in order and writes each at once. A bad line of standard input does not hold up the others.
    fn links_to(&self, places: &[Place], output: &mut Output<'_>) -> anyhow::Result<ExitCode> {
        let asked = self.asked;
        let mut code = ExitCode::SUCCESS;
        let ending = if asked.null { Ending::Null } else { Ending::Line };
        let mut objects = Objects::new(places, io::stdin(), ending, asked.prefix.as_ref());
        let mut making = Making::new(asked, self.world, self.runtime);
        loop {
            if objects.may_wait() && !input_is_here() {
                // Whoever reads along gets what there is.
                output.commit().with_context(|| output.sink().trouble())?;
            }
            let Some(place) = objects.next() else { break };
            match place.context("cannot read standard input")? {
                Ok(object) => add(output, &mut making, object, None, &mut code)?,
                Err(bad) => {
                    complain(&bad);
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok(code)
    }

    /// Makes a link to every key below the prefixes, page by page.
    fn links_below(&self, prefixes: &[Below], output: &mut Output<'_>) -> anyhow::Result<ExitCode> {
        let mut code = ExitCode::SUCCESS;
        let mut interrupt = Interrupt::watch(self.runtime)?;
        let mut making = Making::new(self.asked, self.world, self.runtime);
        let seen = if output.sink().screen().is_some() { LinksAreSeen::Here } else { LinksAreSeen::Elsewhere };
        let mut progress = Progress::new(seen);
        let below = prefixes.iter().map(|below| (below.bucket.clone(), below.prefix.clone()));
        let mut pages = Series::new(self.world.store.clone(), below, self.asked.pace.requests(self.world));
        for below in prefixes {
            loop {
                // Whoever reads along gets what there is.
                let commit = || output.commit().with_context(|| output.sink().trouble());
                let next = below::next(&mut pages, self.runtime, &mut interrupt, commit);
                let page = match next.inspect_err(|_| progress.clear())? {
                    Next::Page(page) => page,
                    Next::End => break,
                    Next::Stopped => {
                        progress.clear();
                        complain(&format_args!("stopped after {} links", count(output.rows())));
                        return Ok(ExitCode::from(INTERRUPTED));
                    }
                };
                for (key, size) in objects(&page) {
                    let id = ObjectId::current(below.bucket.clone(), key);
                    add(output, &mut making, id, Some(size), &mut code)?;
                }
                progress.tell(output.rows());
            }
        }
        progress.clear();
        if output.rows() == 0 && code == ExitCode::SUCCESS {
            complain(&"there is no key below that, so there is no link");
            code = ExitCode::FAILURE;
        }
        Ok(code)
    }

    fn format(&self, sink: &Sink) -> Format<'a> {
        let message = &self.settings.message;
        match self.asked.output.shape() {
            Shape::Json => Format::Json,
            Shape::List(format) => Format::List(Box::new(Export::new(format, &self.title()))),
            Shape::Command(dialect) => Format::Command(dialect),
            Shape::Message(kind) => {
                let template = match kind {
                    MessageKind::Text => &message.text,
                    MessageKind::Html => &message.html,
                };
                Format::Message { template, kind, zone: self.zone.clone() }
            }
            Shape::Qr => {
                let screen = sink.screen();
                Format::Qr(Ground {
                    room: screen.unwrap_or(UNBOUNDED),
                    glyphs: if self.settings.look.ascii { Glyphs::Ascii } else { Glyphs::HalfBlocks },
                    colors: if screen.is_some() { self.colors } else { Colors::Usual },
                })
            }
        }
    }

    /// What the links lead to.
    fn title(&self) -> String {
        match self.asked.places.as_slice() {
            [place] if place != places::INPUT => place.clone(),
            _ => "Links".to_owned(),
        }
    }

    /// Says what is unwise about links that are alike, by one of them.
    fn warn(&self, link: &Link) {
        if self.remarks() == Remarks::Unsaid {
            return;
        }
        for caution in cautions(link, self.world.links.rules.provider) {
            match caution {
                // Of a part or a segment that is no news.
                Caution::Replaces | Caution::LostInBrowsers => {}
                Caution::EndsWithSession { .. } | Caution::Long(_) | Caution::PlainHttp | Caution::Deletes(_) => {
                    written::warn(link, &caution);
                }
            }
        }
    }

    fn remarks(&self) -> Remarks {
        if self.asked.output.quiet { Remarks::Unsaid } else { Remarks::Said }
    }

    fn sink(&self) -> anyhow::Result<Sink> {
        Sink::open(self.asked.output.output.as_deref())
    }

    fn notes(&self, destination: Destination, number: Number) -> Notes<'a> {
        Notes::new(self.world, self.remarks(), destination, self.asked.note.as_ref(), number)
    }
}

/// Whether standard input can be read without waiting for it, as a file can at any time.
fn input_is_here() -> bool {
    let stdin = io::stdin();
    poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// Makes one link more. One that cannot be written as asked does not hold up the others.
fn add(
    output: &mut Output<'_>,
    making: &mut Making<'_>,
    object: ObjectId,
    bytes: Option<u64>,
    code: &mut ExitCode,
) -> anyhow::Result<()> {
    let link = making.link(object)?;
    if let Err(unfit) = output.add(&link, bytes).map_err(|error| anyhow!(error).context(output.sink().trouble()))? {
        complain(&format_args!("{}: {unfit}", visible(&link.request.object.to_string())));
        *code = ExitCode::FAILURE;
    }
    Ok(())
}

/// Says what there is to know, unless nobody wants to.
fn say(remarks: Remarks, about: &str) {
    match remarks {
        Remarks::Said => complain(&about),
        Remarks::Unsaid => {}
    }
}
