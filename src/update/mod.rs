//! How what is true changes: a message in, effects out. No I/O; time comes along with the message.

pub mod effect;
pub mod msg;

mod anonymous;
mod batch;
mod browse;
mod code;
mod credentials;
mod doctor;
mod facts;
mod find;
mod form;
mod inspect;
mod ledger;
mod line;
mod menu;
mod new_store;
mod page;
mod presign;
mod prompt;
mod spot;
mod stores;
mod usage;

use jiff::SignedDuration;

use crate::command::key::Key;
use crate::command::list::{Command, Scene};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::pending::Lane;
use crate::model::{Layer, Model};
use crate::presign::link::LinkText;
use crate::presign::request::Method;
use crate::s3::skew;
use effect::Effect;
use msg::{Mouse, MouseAct, Msg};

/// How many rows or lines a turn of the wheel moves.
const WHEEL: isize = 3;

/// The first effects: ask for the place that is opened.
pub fn start(model: &mut Model, now: Moment) -> Vec<Effect> {
    let mut effects = Vec::new();
    settle(model, now, &mut effects);
    effects
}

/// Takes in what happened and says what is to be done about it.
pub fn update(model: &mut Model, msg: Msg, now: Moment) -> Vec<Effect> {
    let mut effects = Vec::new();
    credentials::hear(model, &msg, now);
    match msg {
        Msg::Key(key) => press(model, key, now, &mut effects),
        Msg::Pasted(text) => paste(model, &text),
        Msg::Mouse(mouse) => point(model, mouse, now, &mut effects),
        Msg::Woke => {
            model.notices.fade(now);
            facts::ask_if_due(model, now, &mut effects);
        }
        Msg::Measured(viewport) => model.viewport = viewport,
        Msg::Retrying(retrying) => model.pending.retry(retrying, now),
        Msg::ClockIsOff(skew) => hear_of_skew(model, skew, now),
        Msg::CodeWanted(ask) => code::want(model, ask, &mut effects),
        Msg::Waiting(on) => model.pending.wait(on),
        Msg::Told(failure) => model.notices.fail(&failure, now),
        Msg::BucketsCame(question, answer) => browse::take_buckets(model, question, answer, now),
        Msg::PageCame(question, answer) => browse::take_page(model, question, answer, now, &mut effects),
        Msg::PagesCame(question, pages, early) => browse::take_pages(model, question, &pages, early, now, &mut effects),
        Msg::ListingEnded(question, pages, answer) => {
            browse::take_end(model, question, &pages, answer, now, &mut effects);
        }
        Msg::ArrangedSoFar(question, shown) => browse::take_arranged_so_far(model, question, shown),
        Msg::Arranged(question, shown) => browse::take_arranged(model, question, shown),
        Msg::HeadCame(question, object, answer) => facts::take_head(model, question, object, answer, now),
        Msg::TagsCame(question, object, answer) => facts::take_tags(model, question, object, answer, now),
        Msg::VersionsCame(question, object, answer) => facts::take_versions(model, question, object, answer, now),
        Msg::EndCame(question, answer) => credentials::take_end(model, question, answer, now),
        Msg::LinkMade(question, answer) => presign::take_link(model, question, answer, now, &mut effects),
        Msg::Copied(question, clip, how) => presign::take_copied(model, question, clip, how, now, &mut effects),
        Msg::Probed(question, finding) => presign::take_finding(model, question, finding, now),
        Msg::Recorded(answer) => presign::take_recorded(model, answer, now),
        Msg::BatchGrew(question, links) => batch::take_progress(model, question, links),
        Msg::BatchWritten(question, answer) => batch::take_written(model, question, answer, now, &mut effects),
        Msg::LinkSaved(answer) => presign::take_saved(model, answer, now, &mut effects),
        Msg::UsageGrew(question, growth) => usage::take_growth(model, question, &growth),
        Msg::UsageCame(question, rest, ended) => usage::take_end(model, question, &rest, ended, now),
        Msg::FoundMore(question, found) => find::take_found(model, question, *found),
        Msg::SearchEnded(question, rest, ended) => find::take_end(model, question, *rest, ended, now),
        Msg::LedgerCame(question, answer) => ledger::take(model, question, answer, now),
        Msg::Inspected(question, answer) => inspect::take(model, question, answer, now),
        Msg::StoresCame(question, known) => stores::take(model, question, known),
        Msg::StoreTried(question, answer) => new_store::take_tried(model, question, answer, now, &mut effects),
        Msg::StoreAdded(question, answer) => new_store::take_added(model, question, answer, now, &mut effects),
        Msg::StoreOpened(question, answer) => stores::take_opened(model, question, answer, now, &mut effects),
        Msg::Examined(question, answer) => doctor::take(model, question, answer, now),
    }
    settle(model, now, &mut effects);
    effects
}

/// Everything goes by the store's time, and somebody should set the clock.
fn hear_of_skew(model: &mut Model, skew: SignedDuration, now: Moment) {
    model.store.clock_skew = skew;
    if skew.is_zero() {
        return model.notices.say(Level::Info, "this machine's clock is right again", now);
    }
    let words = skew::words(skew);
    let told = format!(
        "this machine's clock is {words}: requests and links go by the store's time; set the clock, best by time synchronisation"
    );
    model.notices.say(Level::Error, told, now);
}

/// What holds after every message: the cursor is on the screen, a code that is wanted is asked for, what the place wants is
/// asked for, the row that the cursor rests on waits for its facts, and it is known when the credentials end.
fn settle(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    ledger::keep_true(model, now);
    spot::keep_in_view(model);
    code::ask_when_free(model);
    page::keep_in_view(model);
    if model.has_no_store() {
        return;
    }
    browse::load_more(model, now, effects);
    browse::arrange(model, now, effects);
    facts::rest(model, now, effects);
    credentials::ask_if_due(model, now, effects);
}

fn press(model: &mut Model, key: Key, now: Moment, effects: &mut Vec<Effect>) {
    model.notices.dismiss_error();
    match model.fixed.keymap.command(model.scene(), key) {
        Some(command) => obey(model, command, key, now, effects),
        None => match model.scene() {
            Scene::Prompt => prompt::type_key(model, key),
            Scene::Form => form::type_key(model, key),
            Scene::NewStore => new_store::type_key(model, key),
            Scene::Menu => menu::type_key(model, key, now, effects),
            Scene::Browse
            | Scene::Link
            | Scene::Links
            | Scene::Stores
            | Scene::Page
            | Scene::Confirm
            | Scene::Batch
            | Scene::Usage
            | Scene::Find => {}
        },
    }
}

fn paste(model: &mut Model, text: &LinkText) {
    match model.scene() {
        Scene::Prompt => prompt::paste(model, text),
        Scene::Form => form::paste(model, text.expose()),
        Scene::NewStore => new_store::paste(model, text.expose()),
        Scene::Browse
        | Scene::Link
        | Scene::Links
        | Scene::Stores
        | Scene::Page
        | Scene::Menu
        | Scene::Confirm
        | Scene::Batch
        | Scene::Usage
        | Scene::Find => {}
    }
}

/// Carries out a command. Every command of the list is here, and only here.
fn obey(model: &mut Model, command: Command, key: Key, now: Moment, effects: &mut Vec<Effect>) {
    use Command as C;
    if anonymous::instead(model, command, now, effects) {
        return;
    }
    let page = isize::try_from(browse::height(model)).unwrap_or(isize::MAX).max(1);
    let half = (page / 2).max(1);
    match command {
        C::Down => browse::step(model, 1, now),
        C::Up => browse::step(model, -1, now),
        C::HalfPageDown => browse::step(model, half, now),
        C::HalfPageUp => browse::step(model, -half, now),
        C::PageDown => browse::step(model, page, now),
        C::PageUp => browse::step(model, -page, now),
        C::First => browse::first(model, effects),
        C::Last => browse::last(model, effects),
        C::Open => browse::open(model, now, effects),
        C::Leave => browse::leave(model, effects),
        C::Back => browse::back(model, now, effects),
        C::Forward => browse::forward(model, now, effects),
        C::GoTo => prompt::go_to(model),
        C::Share => presign::share(model, now, effects),
        C::ShareOptions => form::share(model, now),
        C::Batch => batch::offer(model, Method::Get, now),
        C::Upload => presign::ask_for_new_key(model, now),
        C::UploadOptions => form::upload(model, now),
        C::Inspect => inspect::ask_for_text(model),
        C::Doctor => doctor::examine(model, now, effects),
        C::Facts => facts::show(model, now, effects),
        C::Versions => facts::show_versions(model, now, effects),
        C::Find => find::ask_for_pattern(model, now),
        C::Usage => usage::open(model, now, effects),
        C::Filter => prompt::filter(model),
        C::Sort => browse::sort_by_next(model),
        C::Reverse => browse::reverse(model),
        C::Mark => browse::mark(model, now),
        C::MarkAll => browse::mark_all(model),
        C::YankUri => presign::yank_locations(model, now, effects),
        C::Refresh => browse::refresh(model, effects),
        C::ToggleMouse => toggle_mouse(model, now, effects),
        C::Cancel => browse::cancel(model, now, effects),
        C::Links => ledger::open(model, now, effects),
        C::Stores => stores::show(model, now, effects),
        C::Messages
        | C::LinkMessages
        | C::LinksMessages
        | C::StoresMessages
        | C::NewStoreMessages
        | C::PageMessages
        | C::BatchMessages
        | C::UsageMessages
        | C::FindMessages => page::show_messages(model),
        C::Help | C::LinkHelp | C::LinksHelp | C::StoresHelp | C::UsageHelp | C::FindHelp | C::NewStoreHelp => {
            page::show_help(model)
        }

        C::CopyLink => presign::copy_again(model, now, effects),
        C::ChangeLink => form::change(model),
        C::SignAnew => presign::sign_anew(model, now, effects),
        C::AsCommand => menu::commands(model),
        C::AsMessage => menu::messages(model),
        C::TestLink => presign::test(model, now, effects),
        C::QrCode => presign::show_qr(model, effects),
        C::ShowUrl => presign::show_url(model, effects),
        C::SaveUrl => presign::save(model, effects),
        C::PrintUrl => presign::print_on_exit(model),
        C::CloseLink => {
            presign::close(model, effects);
            ledger::come_back(model, now, effects);
        }

        C::LinksDown | C::StoresDown | C::UsageDown | C::FindDown => spot::move_by(model, 1),
        C::LinksUp | C::StoresUp | C::UsageUp | C::FindUp => spot::move_by(model, -1),
        C::LinksHalfPageDown | C::StoresHalfPageDown | C::UsageHalfPageDown | C::FindHalfPageDown => {
            spot::move_half_pages(model, 1)
        }
        C::LinksHalfPageUp | C::StoresHalfPageUp | C::UsageHalfPageUp | C::FindHalfPageUp => {
            spot::move_half_pages(model, -1)
        }
        C::LinksPageDown | C::StoresPageDown | C::UsagePageDown | C::FindPageDown => spot::move_half_pages(model, 2),
        C::LinksPageUp | C::StoresPageUp | C::UsagePageUp | C::FindPageUp => spot::move_half_pages(model, -2),
        C::LinksFirst | C::StoresFirst | C::UsageFirst | C::FindFirst => spot::move_to(model, 0),
        C::LinksLast | C::StoresLast | C::UsageLast | C::FindLast => spot::move_to(model, usize::MAX),

        C::LinkDetails => ledger::show_details(model, now),
        C::SignIssued => ledger::sign_anew(model, now, effects),
        C::FilterLinks => prompt::filter_links(model),
        C::LinksByKey => ledger::by_key(model),
        C::ReadLinks => ledger::read(model, now, effects),
        C::CloseLinks => ledger::close(model, effects),

        C::OpenStore => stores::open(model, now, effects),
        C::AddStore => new_store::open(model),
        C::FilterStores => prompt::filter_stores(model),
        C::ReadStores => stores::read(model, now, effects),
        C::CloseStores => stores::close(model, effects),

        C::ScrollDown => page::scroll_by(model, 1),
        C::ScrollUp => page::scroll_by(model, -1),
        C::ScrollPageDown => page::scroll_pages(model, 1),
        C::ScrollPageUp => page::scroll_pages(model, -1),
        C::ScrollFirst => page::scroll_to(model, 0),
        C::ScrollLast => page::scroll_to(model, usize::MAX),
        C::OpenMessage => page::open_message(model),
        C::AskStore => inspect::ask_store(model, now, effects),
        C::AskForPage => doctor::ask_for_page(model, now),
        C::CopyReport => {
            inspect::copy(model, now, effects);
            doctor::copy(model, now, effects);
            page::copy_message(model, now, effects);
        }
        C::ClosePage => page::close(model, effects),

        C::Accept => prompt::accept(model, now, effects),
        C::Abandon => prompt::abandon(model, effects),
        C::EraseLine => prompt::erase_line(model),
        C::EraseWord => prompt::erase_word(model),

        C::NextField => form::move_by(model, 1),
        C::PreviousField => form::move_by(model, -1),
        C::NextChoice => form::choose(model, 1, key),
        C::PreviousChoice => form::choose(model, -1, key),
        C::AcceptForm => form::accept(model, now, effects),
        C::AbandonForm => form::abandon(model),
        C::EraseField => form::erase(model),
        C::EraseFieldWord => form::erase_word(model),

        C::NextStoreField => new_store::move_by(model, 1),
        C::PreviousStoreField => new_store::move_by(model, -1),
        C::AcceptNewStore => new_store::accept(model, now, effects),
        C::WriteNewStore => new_store::write(model, now, effects),
        C::EraseStoreField => new_store::erase(model),
        C::EraseStoreFieldWord => new_store::erase_word(model),
        C::CloseNewStore => new_store::close(model, effects),

        C::NextItem => menu::move_by(model, 1),
        C::PreviousItem => menu::move_by(model, -1),
        C::ChooseItem => menu::choose(model, now, effects),
        C::CloseMenu => menu::close(model),

        C::CopyBatch => batch::copy(model, now, effects),
        C::CloseBatch => batch::close(model, now, effects),

        C::UsageOpen => usage::enter(model, now, effects),
        C::UsageLeave => usage::leave(model, now),
        C::UsageBy => usage::show_next(model),
        C::UsageSort => usage::sort_by_next(model),
        C::UsageBrowse => usage::browse(model, now, effects),
        C::UsageVersions => usage::turn_versions(model, now, effects),
        C::UsageInventory => usage::read_inventory(model, now, effects),
        C::UsageAgain => usage::list_again(model, now, effects),
        C::CloseUsage => usage::close(model, now, effects),

        C::FindOpen => find::go_to_hit(model, now, effects),
        C::FindShare => find::share(model, now, effects),
        C::FindMark => find::mark(model),
        C::FindMarkAll => find::mark_all(model),
        C::FindYank => find::yank(model, now, effects),
        C::FindAgain => find::change_pattern(model),
        C::CloseFind => find::close(model, now, effects),

        C::Yes => presign::yes(model, now, effects),
        C::No => presign::no(model),

        C::Suspend
        | C::SuspendLink
        | C::SuspendLinks
        | C::SuspendStores
        | C::SuspendPage
        | C::SuspendUsage
        | C::SuspendFind
        | C::SuspendNewStore => effects.push(Effect::Suspend),
        C::Quit
        | C::QuitLink
        | C::QuitLinks
        | C::QuitStores
        | C::QuitPage
        | C::QuitMenu
        | C::QuitConfirm
        | C::QuitBatch
        | C::QuitUsage
        | C::QuitFind
        | C::QuitNewStore => effects.push(Effect::Quit),
    }
}

fn point(model: &mut Model, mouse: Mouse, now: Moment, effects: &mut Vec<Effect>) {
    let wheel = match mouse.act {
        MouseAct::Click => None,
        MouseAct::WheelUp => Some(-WHEEL),
        MouseAct::WheelDown => Some(WHEEL),
    };
    match (model.layers.last(), wheel) {
        (Some(Layer::Page(_)), Some(lines)) => page::scroll_by(model, lines),
        (None | Some(Layer::Ledger(_) | Layer::Stores(_) | Layer::Usage(_) | Layer::Find(_)), wheel) => match wheel {
            Some(rows) => spot::scroll_by(model, rows),
            None => spot::click(model, mouse, now, effects),
        },
        (Some(_), _) => {}
    }
}

fn toggle_mouse(model: &mut Model, now: Moment, effects: &mut Vec<Effect>) {
    model.mouse = !model.mouse;
    effects.push(Effect::CaptureMouse(model.mouse));
    let text =
        if model.mouse { "the mouse works in daypass" } else { "the mouse is the terminal's: select text with it" };
    model.notices.say(Level::Info, text, now);
}

/// Stops waiting in `lane` and what runs there.
fn abort(model: &mut Model, lane: Lane, effects: &mut Vec<Effect>) {
    if model.pending.cancel(lane) {
        effects.push(Effect::Abort(lane));
    }
}
