//! The last line: the keys that are most useful now, as many as fit, and always the one for help.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::command::list::{Command, Scene};
use crate::model::doctor::Examination;
use crate::model::find::FindSheet;
use crate::model::inspect::Inspection;
use crate::model::new_store::{NewStoreForm, Stage};
use crate::model::page::Subject;
use crate::model::pending::Lane;
use crate::model::spot::List;
use crate::model::store::Access;
use crate::s3::entry::Entry;
use crate::s3::location::Location;
use crate::view::layout::draw_lines;
use crate::view::{Seen, text};

/// Between two keys.
const GAP: &str = "  ";

/// Draws the keys of the scene.
pub(super) fn draw(seen: Seen, place: Rect, frame: &mut Frame) {
    let (commands, help) = useful(seen);
    let room = usize::from(place.width).saturating_sub(2);
    draw_lines([keys(seen, &commands, help, room)], Rect { x: place.x + 1, ..place }, frame);
}

/// `commands` with their keys, as many as fit into `room` cells beside `last`, which is there in any case.
pub(super) fn keys(seen: Seen, commands: &[Command], last: Option<Command>, room: usize) -> Line<'static> {
    let last = last.and_then(|command| Some((seen.key(command)?, short(seen, command))));
    let needs = |key: &str, short: &str| text::width(key) + 1 + text::width(short);
    let mut free = room.saturating_sub(last.as_ref().map_or(0, |(key, short)| needs(key, short)));
    let mut told = Vec::new();
    for command in commands.iter().filter(|command| seen.model.store.access.allows(**command)) {
        let Some(key) = seen.key(*command) else { continue };
        let word = short(seen, *command);
        let needed = needs(&key, word) + GAP.len();
        if needed > free {
            break;
        }
        free -= needed;
        told.push((key, word));
    }
    let spans = told.into_iter().chain(last).flat_map(|(key, short)| {
        [Span::styled(key, seen.theme.strong()), Span::styled(format!(" {short}{GAP}"), seen.theme.faint())]
    });
    Line::from_iter(spans)
}

/// What a command does, in a word: while something runs, what closes its sheet stops it first; without a key, a link is the
/// plain address.
fn short(seen: Seen, command: Command) -> &'static str {
    if seen.model.store.access == Access::Anonymous && matches!(command, Command::Share | Command::FindShare) {
        return "plain address";
    }
    let (lane, instead) = match command {
        Command::CloseUsage => (Lane::Usage, "stop"),
        Command::CloseFind => (Lane::Find, "stop"),
        // Nothing of it is kept.
        Command::CloseBatch => (Lane::Batch, "cancel"),
        Command::CloseNewStore if seen.model.new_store().is_some_and(NewStoreForm::is_busy) => (Lane::Stores, "stop"),
        Command::CloseNewStore if seen.model.has_no_store() => return Command::QuitNewStore.short(),
        _ => return command.short(),
    };
    if seen.model.pending.runs(lane) { instead } else { command.short() }
}

/// The commands that are most useful now, and the one for help.
fn useful(seen: Seen) -> (Vec<Command>, Option<Command>) {
    let model = seen.model;
    match model.scene() {
        Scene::Browse => {
            let here = &model.browse.here;
            let row: &[Command] = match here.current() {
                Some(Entry::Object(_)) => {
                    &[Command::Share, Command::ShareOptions, Command::Upload, Command::Facts, Command::Versions]
                }
                Some(Entry::Bucket(_) | Entry::Prefix(_)) => {
                    &[Command::Open, Command::Upload, Command::Batch, Command::Find, Command::Usage]
                }
                None => &[],
            };
            let none = here.shown_count() == 0;
            let always = [
                (Command::Refresh, none),
                (Command::Upload, none && here.location != Location::Buckets),
                (Command::Filter, here.loaded() > 0),
                (Command::GoTo, true),
                (Command::Sort, !none),
                (Command::Mark, !none),
                (Command::Leave, here.location.parent().is_some()),
                (Command::YankUri, !none),
                (Command::Refresh, !none),
                (Command::Links, true),
                (Command::Stores, true),
                (Command::Messages, true),
                (Command::Quit, true),
            ];
            let stop = model.pending.turn(seen.now).map(|_| Command::Cancel);
            let always = always.into_iter().filter(|(_, useful)| *useful).map(|(command, _)| command);
            (stop.into_iter().chain(row.iter().copied()).chain(always).collect(), Some(Command::Help))
        }
        // The sheet itself tells the keys of the link.
        Scene::Link => (vec![Command::QuitLink], Some(Command::LinkHelp)),
        Scene::Links => {
            let of_link = [Command::LinkDetails, Command::SignIssued, Command::FilterLinks];
            let of_row: &[Command] = match model.ledger() {
                Some(ledger) if ledger.current().is_some() => &of_link,
                Some(ledger) if ledger.current_key().is_some() => &[Command::LinkDetails],
                Some(_) | None => &[],
            };
            let always = [Command::LinksByKey, Command::CloseLinks, Command::ReadLinks, Command::QuitLinks];
            (of_row.iter().chain(&always).copied().collect(), Some(Command::LinksHelp))
        }
        Scene::Stores => {
            let of_row = model.stores().is_some_and(|stores| stores.current().is_some()).then_some(Command::OpenStore);
            let always = [
                Command::FilterStores,
                Command::AddStore,
                Command::CloseStores,
                Command::ReadStores,
                Command::QuitStores,
            ];
            (of_row.into_iter().chain(always).collect(), Some(Command::StoresHelp))
        }
        Scene::Page => {
            let scroll = [Command::ScrollDown, Command::ScrollUp, Command::ScrollPageDown, Command::ScrollPageUp];
            let ends = [Command::ScrollFirst, Command::ScrollLast, Command::QuitPage];
            let own: &[Command] = match model.page().map(|page| &page.subject) {
                Some(Subject::Inspection(Inspection::Read(_))) => &[Command::AskStore, Command::CopyReport],
                Some(Subject::Examination(Examination::Found(_))) => &[Command::CopyReport, Command::AskForPage],
                Some(Subject::Message(_)) => &[Command::CopyReport],
                Some(Subject::Messages) if model.notices.count() > 0 => &[Command::OpenMessage, Command::CopyReport],
                Some(_) | None => &[],
            };
            let own = own.iter().copied().chain([Command::ClosePage]);
            (own.chain(scroll).chain(ends).collect(), None)
        }
        Scene::Find => {
            let of_row =
                [Command::FindOpen, Command::FindShare, Command::FindMark, Command::FindMarkAll, Command::FindYank];
            let of_row = if model.find().and_then(FindSheet::current).is_some() { &of_row[..] } else { &[] };
            let always = [Command::FindAgain, Command::QuitFind];
            let all = std::iter::once(&Command::CloseFind).chain(of_row).chain(&always);
            (all.copied().collect(), Some(Command::FindHelp))
        }
        Scene::Usage => {
            let always = [
                Command::UsageOpen,
                Command::UsageLeave,
                Command::UsageBy,
                Command::UsageSort,
                Command::UsageBrowse,
                Command::UsageVersions,
                Command::UsageAgain,
                Command::QuitUsage,
            ];
            (std::iter::once(Command::CloseUsage).chain(always).collect(), Some(Command::UsageHelp))
        }
        // Form, menu and question tell their keys themselves.
        Scene::Form => (Vec::new(), None),
        Scene::NewStore => {
            let busy = model.new_store().is_some_and(NewStoreForm::is_busy);
            let failed = model.new_store().is_some_and(|form| matches!(form.stage, Stage::Failed(_)));
            let useful = [
                (Command::CloseNewStore, busy),
                (Command::AcceptNewStore, !busy),
                (Command::WriteNewStore, failed),
                (Command::CloseNewStore, !busy),
                (Command::NextStoreField, !busy),
                (Command::NewStoreMessages, failed),
                (Command::PreviousStoreField, !busy),
                (Command::EraseStoreField, !busy),
            ];
            let useful = useful.into_iter().filter(|(_, useful)| *useful).map(|(command, _)| command);
            (useful.collect(), Some(Command::NewStoreHelp))
        }
        Scene::Menu => (vec![Command::QuitMenu], None),
        Scene::Confirm => (vec![Command::QuitConfirm], None),
        Scene::Batch => (vec![Command::QuitBatch], None),
        Scene::Prompt => (vec![Command::Accept, Command::Abandon, Command::EraseWord, Command::EraseLine], None),
    }
}
