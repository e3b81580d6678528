//! The sheet of a link: what it is, until when it works, where it went. It never shows the signature; the URL's own page does.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::command::list::Command;
use crate::model::presign::{Copied, LinkSheet, LinkState, Made, Through};
use crate::presign::link::{LimitedBy, SignedUrl};
use crate::presign::request::Method;
use crate::view::layout::{Layout, draw_lines, inset};
use crate::view::text::Precision;
use crate::view::{Seen, browse, footer, text, theme};

/// The widest that a sheet gets.
const WIDEST: u16 = 100;

/// Cells of the labels.
const LABEL: usize = 13;

/// Lifetimes below so many seconds are told to the second.
const TELL_SECONDS_BELOW: u32 = 600;

/// An access key id is shown whole up to so many characters.
const SHORT_KEY_ID: usize = 10;

/// Draws the sheet in front of the list.
pub(super) fn draw(seen: Seen, sheet: &LinkSheet, layout: &Layout, frame: &mut Frame) {
    let room = layout.middle(frame.area());
    let width = room.width.min(WIDEST);
    let text_width = usize::from(width.saturating_sub(4));
    let mut lines = lines(seen, sheet, text_width);
    lines.push(footer::keys(seen, &offered(sheet), None, text_width));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(room.height);
    // Where lines must go, the keys stay.
    let most = usize::from(height.saturating_sub(2));
    if lines.len() > most {
        let keys = lines.pop();
        lines.truncate(most.saturating_sub(1));
        lines.extend(keys);
    }
    let x = room.x + (room.width - width) / 2;
    let y = room.y + (room.height - height) / 2;
    let place = Rect { x, y, width, height };
    Clear.render(place, frame.buffer_mut());
    let title = format!(" {} link ", sheet.request.method);
    let block = Block::bordered().title(Span::styled(title, seen.theme.strong()));
    let inner = inset(block.inner(place), 1);
    block.render(place, frame.buffer_mut());
    draw_lines(lines, inner, frame);
}

/// The whole URL in lines as wide as the screen and nothing else, so that the terminal's own selection takes it as it is.
pub(super) fn whole_url(url: &SignedUrl, width: usize) -> Vec<Line<'static>> {
    text::pieces(&text::shown(url.expose()), width).into_iter().map(Line::raw).collect()
}

fn lines(seen: Seen, sheet: &LinkSheet, width: usize) -> Vec<Line<'static>> {
    let theme = seen.theme;
    let mut lines = match &sheet.state {
        LinkState::Making | LinkState::Failed(_) => Vec::new(),
        LinkState::Made(made) => warnings(seen, made, width),
    };
    lines.push(object(seen, sheet, width));
    match &sheet.state {
        LinkState::Making => {
            let sign = seen.working(crate::model::pending::Lane::Presign).unwrap_or(" ");
            lines.push(Line::styled(format!("{sign} making the link…"), theme.faint()));
        }
        LinkState::Failed(failure) => lines.extend(browse::failed(seen, failure, width)),
        LinkState::Made(made) => lines.extend(told(seen, sheet, made, width)),
    }
    lines
}

/// What is wrong with a link, before anything else is said of it.
fn warnings(seen: Seen, made: &Made, width: usize) -> Vec<Line<'static>> {
    let said = if made.time_left(seen.now).is_zero() {
        format!("{} This link has expired. Make a new one.", theme::FAILED)
    } else {
        match made.link.limited_by {
            LimitedBy::Asked => return Vec::new(),
            LimitedBy::Credentials => format!(
                "{} The credentials end before the {} that were asked for: the link ends with them.",
                theme::BEWARE,
                made.link.request.expires_in
            ),
        }
    };
    text::wrap(&said, width).into_iter().map(|line| Line::styled(line, seen.theme.failed())).collect()
}

/// The object's name, its size, and what a PUT does to it.
fn object(seen: Seen, sheet: &LinkSheet, width: usize) -> Line<'static> {
    let after = match (sheet.request.method, sheet.size) {
        (Method::Put, Some(size)) => format!("{}overwrites an object of {}", theme::BETWEEN, text::size(size)),
        (Method::Put, None) => format!("{}a new object", theme::BETWEEN),
        (Method::Get | Method::Head | Method::Delete, Some(size)) => format!("{}{}", theme::BETWEEN, text::size(size)),
        (Method::Get | Method::Head | Method::Delete, None) => String::new(),
    };
    let name = text::shown(sheet.request.object.key.file_name());
    let name = text::cut_middle(&name, width.saturating_sub(text::width(&after)));
    Line::from(vec![Span::styled(name.into_owned(), seen.theme.strong()), Span::raw(after)])
}

/// What is to be said of a link that exists.
fn told(seen: Seen, sheet: &LinkSheet, made: &Made, width: usize) -> Vec<Line<'static>> {
    let link = &made.link;
    let limited_by = match link.limited_by {
        LimitedBy::Asked => "your choice",
        LimitedBy::Credentials => "the credentials, which end first",
    };
    let key_id = short_key_id(&link.access_key_id);
    let signer = format!("{limited_by}{}signed with {key_id} ({})", theme::BETWEEN, text::shown(&link.source));
    let mut told = vec![("works until", works_until(seen, made)), ("limited by", signer)];
    for (name, value) in &link.request.headers {
        told.push(("must send", format!("{}: {}", text::shown(name), text::shown(value))));
    }
    if sheet.request.method == Method::Put {
        told.push(("to send", "curl -T FILE 'URL', or any HTTP PUT of the bytes".to_owned()));
    }
    told.push(("copied", copied(&made.copied)));
    if let Some(path) = &made.saved {
        told.push(("written to", text::shown(&path.to_string_lossy()).into_owned()));
    }
    if made.printed_on_exit {
        told.push(("printed", "when daypass ends".to_owned()));
    }
    let mut lines: Vec<_> = told.into_iter().flat_map(|(label, said)| labelled(seen, label, &said, width)).collect();
    lines.push(Line::styled(without_signature(&link.url, width), seen.theme.faint()));
    lines
}

fn labelled(seen: Seen, label: &'static str, said: &str, width: usize) -> Vec<Line<'static>> {
    let style = if said.starts_with("not copied") { seen.theme.failed() } else { Style::new() };
    let indent = LABEL.min(width / 3);
    let mut label = text::cut_end(label, indent.saturating_sub(1)).into_owned();
    text::wrap(said, width.saturating_sub(indent))
        .into_iter()
        .map(|line| {
            let label = text::pad_end(&std::mem::take(&mut label), indent);
            Line::from(vec![Span::styled(label, seen.theme.faint()), Span::styled(line, style)])
        })
        .collect()
}

/// `14:20 today (15 min 00 s left) · 13:20 UTC`.
fn works_until(seen: Seen, made: &Made) -> String {
    let zone = &seen.theme.zone;
    let (end, now) = (made.link.ends_at, seen.now.wall);
    let short = made.link.request.expires_in.seconds() < TELL_SECONDS_BELOW;
    let precision = if short { Precision::Second } else { Precision::Minute };
    let left = match made.time_left(seen.now) {
        left if left.is_zero() => "over".to_owned(),
        left => format!("{} left", text::time_left(left)),
    };
    let utc = jiff::tz::TimeZone::UTC;
    let here = text::day_time(end, now, zone, precision);
    let there = text::day_time(end, now, &utc, precision);
    let there = there.trim_end_matches(" today");
    if here.trim_end_matches(" today") == there {
        format!("{here} UTC ({left})")
    } else {
        format!("{here} ({left}){}{there} UTC", theme::BETWEEN)
    }
}

fn copied(copied: &Copied) -> String {
    match copied {
        Copied::Copying => "copying…".to_owned(),
        Copied::Native => "copied to the clipboard".to_owned(),
        Copied::Tmux => "copied to tmux's buffer and sent to the terminal, which does not confirm".to_owned(),
        Copied::Terminal(through) => {
            let through = match through {
                Through::Nothing => "",
                Through::Tmux => ", through tmux",
                Through::Screen => ", through screen",
            };
            format!("sent to the terminal (OSC 52{through}), which does not confirm")
        }
        Copied::NotCopied(why) => format!("not copied: {}", text::shown(why)),
    }
}

/// An access key id that can be told from others: `AKIA…4711`.
fn short_key_id(id: &str) -> String {
    let id = text::shown(id);
    if text::width(&id) <= SHORT_KEY_ID {
        return id.into_owned();
    }
    format!("{}{}{}", text::start(&id, 4), text::CUT, text::end(&id, 4))
}

/// The URL in one line, without its query, where the signature is.
fn without_signature(url: &SignedUrl, width: usize) -> String {
    let address = url.expose().split('?').next().unwrap_or_default();
    let room = width.saturating_sub(2);
    format!("{}?{}", text::cut_middle(&text::shown(address), room), text::CUT)
}

/// What can be done with the link as it is.
fn offered(sheet: &LinkSheet) -> Vec<Command> {
    match &sheet.state {
        LinkState::Made(_) => {
            vec![Command::CopyLink, Command::ShowUrl, Command::SaveUrl, Command::PrintUrl, Command::CloseLink]
        }
        LinkState::Making | LinkState::Failed(_) => vec![Command::CloseLink],
    }
}
