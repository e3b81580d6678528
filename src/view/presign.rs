//! The sheet of a link: what it is, until when it works, where it went. It never shows the signature; the URL's own page does.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use crate::command::list::Command;
use crate::model::pending::Lane;
use crate::model::presign::{Copied, LinkSheet, LinkState, Made, Tested, Through};
use crate::presign::caution::{Caution, cautions};
use crate::presign::link::{LimitedBy, SignedUrl};
use crate::presign::probe::Outcome;
use crate::presign::qr::{self, Cells, Ink};
use crate::presign::request::Method;
use crate::s3::failure::FailureKind;
use crate::s3::permission::{self, Act};
use crate::s3::{size, skew};
use crate::view::layout::Layout;
use crate::view::text::{DayTime, Precision};
use crate::view::theme::Colours;
use crate::view::{Seen, failure, footer, sheet, text, theme};

/// Cells of the labels.
const LABEL: usize = 13;

/// From this width on, labels have a column of their own.
const COLUMNS_FROM_WIDTH: usize = 50;

/// Lifetimes below so many seconds are told to the second.
const TELL_SECONDS_BELOW: u32 = 600;

/// An access key id is shown whole up to so many characters.
const SHORT_KEY_ID: usize = 10;

/// Draws the sheet in front of the list.
pub(super) fn draw(seen: Seen, link: &LinkSheet, layout: &Layout, frame: &mut Frame) {
    let width = sheet::text_width(layout, frame.area());
    let mut lines = lines(seen, link, width, sheet::text_height(layout, frame.area()));
    lines.push(footer::keys(seen, offered(link), Some(Command::CloseLink), width));
    sheet::draw(seen, &format!("{} link", link.request().method), lines, 0, layout, frame);
}

/// The whole URL in lines as wide as the screen and nothing else, so that the terminal's own selection takes it as it is.
pub(super) fn whole_url(url: &SignedUrl, width: usize) -> Vec<Line<'static>> {
    text::pieces(&text::shown(url.expose()), width).into_iter().map(Line::raw).collect()
}

/// The link as a QR code, dark on light whatever the terminal's colours are, or why there is none.
pub(super) fn qr_code(seen: Seen, url: &SignedUrl, place: Rect) -> Vec<Line<'static>> {
    let room = Cells { width: usize::from(place.width), height: usize::from(place.height) };
    // Without colours nobody knows whether the terminal is dark; most are.
    let (ink, style) = match seen.theme.colours {
        Colours::Sixteen => (Ink::Dark, Style::new().fg(Color::Black).bg(Color::White)),
        Colours::None => (Ink::Light, Style::new()),
    };
    let glyphs = match seen.theme.glyphs {
        theme::Glyphs::Unicode => qr::Glyphs::HalfBlocks,
        theme::Glyphs::Ascii => qr::Glyphs::Ascii,
    };
    match qr::qr(url).and_then(|code| code.lines(room, glyphs, ink)) {
        Ok(lines) => lines.into_iter().map(|line| Line::from(Span::styled(line, style))).collect(),
        Err(error) => {
            let said = text::wrap(&text::sentence(&error.to_string()), room.width);
            std::iter::once(Line::default()).chain(said.into_iter().map(Line::raw)).collect()
        }
    }
}

fn lines(seen: Seen, sheet: &LinkSheet, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    match &sheet.state {
        LinkState::Making => {
            let sign = seen.working(Lane::Presign).unwrap_or(" ");
            lines.push(object(seen, sheet, width));
            lines.push(Line::styled(format!("{sign} making the link…"), seen.theme.faint()));
        }
        LinkState::Failed(failure) => {
            lines.push(object(seen, sheet, width));
            // Beside the object and the keys.
            lines.extend(failure::lines(seen, failure, width, height.saturating_sub(2)));
        }
        LinkState::Made(made) => {
            let cautions = cautions(&made.link, seen.model.store.rules.provider);
            let (grave, light): (Vec<&Caution>, Vec<&Caution>) = cautions.iter().partition(|caution| is_grave(caution));
            lines.extend(warnings(seen, made, &grave, width));
            lines.extend(tested(seen, &made.tested, width));
            lines.push(object(seen, sheet, width));
            lines.extend(told(seen, sheet, made, width));
            lines.extend(light.iter().flat_map(|light| beware(light, seen.theme.strong(), width)));
            lines.push(Line::styled(without_signature(&made.link.url, width), seen.theme.faint()));
        }
    }
    lines
}

/// What is wrong with a link, before anything else is said of it.
fn warnings(seen: Seen, made: &Made, grave: &[&Caution], width: usize) -> Vec<Line<'static>> {
    let failed = seen.theme.failed();
    if made.time_left(seen.now).is_zero() {
        let how = seen.key(Command::SignAnew).map_or_else(String::new, |key| format!(" {key} makes it anew."));
        return said(theme::FAILED, &format!("This link has expired.{how}"), failed, width);
    }
    let refused = forbidden(seen, made).into_iter().flat_map(|told| said(theme::BEWARE, &told, failed, width));
    refused.chain(grave.iter().flat_map(|caution| beware(caution, failed, width))).collect()
}

/// What is to be feared of a link to an object whose HEAD was refused: reading it needs the same permission. An answer to the
/// link itself knows better.
fn forbidden(seen: Seen, made: &Made) -> Option<String> {
    let (request, rules) = (&made.link.request, &seen.model.store.rules);
    let reads = matches!(request.method, Method::Get | Method::Head);
    let refused =
        matches!(seen.model.facts.head(&request.object), Some(Err(failure)) if failure.kind == FailureKind::Forbidden);
    (reads && refused && !matches!(made.tested, Tested::Found(_))).then(|| {
        let permission = permission::needed(&Act::Read(&request.object), rules.provider);
        format!("HEAD was refused, and so will this link be, most likely. It needs {}.", text::shown(&permission))
    })
}

fn beware(caution: &Caution, style: Style, width: usize) -> Vec<Line<'static>> {
    said(theme::BEWARE, &caution.to_string(), style, width)
}

/// Whether a link is probably not what its maker thinks.
fn is_grave(caution: &Caution) -> bool {
    match caution {
        Caution::EndsWithSession { .. } | Caution::Deletes(_) | Caution::PlainHttp => true,
        Caution::Long(_) | Caution::LostInBrowsers | Caution::Replaces => false,
    }
}

/// A sign and what it says, in as many lines as it takes.
pub(super) fn said(sign: &str, said: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let signs = std::iter::once(sign).chain(std::iter::repeat(" "));
    let lines = text::wrap(said, width.saturating_sub(2)).into_iter().zip(signs);
    lines.map(|(line, sign)| Line::styled(format!("{sign} {line}"), style)).collect()
}

/// The object's name, its size, and what a PUT does to it.
fn object(seen: Seen, sheet: &LinkSheet, width: usize) -> Line<'static> {
    let after = match (sheet.request().method, sheet.size) {
        (Method::Put, Some(size)) => format!("{}overwrites an object of {}", theme::BETWEEN, size::shown(size)),
        (Method::Get | Method::Head | Method::Delete | Method::Post, Some(size)) => {
            format!("{}{}", theme::BETWEEN, size::shown(size))
        }
        // Whether there is such an object, or how large it is, nobody was asked.
        (Method::Put | Method::Get | Method::Head | Method::Delete | Method::Post, None) => String::new(),
    };
    let version = sheet.request().object.version.as_ref();
    let version = version.map(|version| format!("{}version {}", theme::BETWEEN, text::shown(&version.0)));
    let after = text::cut_end(&(version.unwrap_or_default() + &after), width * 2 / 3).into_owned();
    let name = text::shown(sheet.request().object.key.file_name());
    let name = text::cut_middle(&name, width.saturating_sub(text::width(&after)));
    Line::from(vec![Span::styled(name.into_owned(), seen.theme.strong()), Span::raw(after)])
}

/// What is to be said of a link that exists, the most wanted first: a low screen cuts the end.
fn told(seen: Seen, sheet: &LinkSheet, made: &Made, width: usize) -> Vec<Line<'static>> {
    let link = &made.link;
    let limited_by = match link.limited_by {
        LimitedBy::Asked => "your choice",
        LimitedBy::Ceiling => "the ceiling in the settings of this store",
        LimitedBy::Credentials => "the credentials, which end first",
    };
    let key_id = short_key_id(&link.access_key_id);
    let signer = format!("{limited_by}{}signed with {key_id} ({})", theme::BETWEEN, text::shown(&link.source));
    let mut lines = labelled(seen, "works until", &works_until(seen, made), width);
    lines.extend(copied(seen, &made.copied, width));
    let mut told = Vec::new();
    if sheet.request().method == Method::Put {
        let how = match link.request.headers.is_empty() {
            true => "curl -T FILE 'URL', or any HTTP PUT of the bytes",
            false => "any HTTP PUT of the bytes, with the headers below",
        };
        told.push(("to send", how.to_owned()));
    }
    for (name, value) in &link.request.headers {
        told.push(("must send", format!("{}: {}", text::shown(name), text::shown(value))));
    }
    if let Some(path) = &made.saved {
        told.push(("written to", text::shown(&path.to_string_lossy()).into_owned()));
    }
    if made.printed_on_exit {
        told.push(("printed", "when daypass ends".to_owned()));
    }
    told.push(("limited by", signer));
    if !seen.model.store.clock_skew.is_zero() {
        let words = skew::words(seen.model.store.clock_skew);
        told.push(("by the clock", format!("of the store: this machine's is {words}")));
    }
    lines.extend(told.into_iter().flat_map(|(label, said)| labelled(seen, label, &said, width)));
    lines
}

/// A label and what it says: in two columns, or one after the other where there is little room.
pub(super) fn labelled(seen: Seen, label: &'static str, said: &str, width: usize) -> Vec<Line<'static>> {
    let faint = seen.theme.faint();
    if width < COLUMNS_FROM_WIDTH {
        let lines = text::wrap(&format!("{label} {said}"), width);
        return lines
            .into_iter()
            .map(|line| match line.strip_prefix(label) {
                Some(said) => Line::from(vec![Span::styled(label, faint), Span::raw(said.to_owned())]),
                None => Line::raw(line),
            })
            .collect();
    }
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let lines = text::wrap(said, width.saturating_sub(LABEL)).into_iter().zip(labels);
    lines
        .map(|(line, label)| Line::from(vec![Span::styled(text::pad_end(label, LABEL), faint), Span::raw(line)]))
        .collect()
}

/// `14:20 today (15 min 00 s left) · 13:20 UTC`.
fn works_until(seen: Seen, made: &Made) -> String {
    let short = made.link.expires_in.seconds() < TELL_SECONDS_BELOW;
    let precision = if short { Precision::Second } else { Precision::Minute };
    let left = match made.time_left(seen.now) {
        left if left.is_zero() => " (over)".to_owned(),
        left => format!(" ({} left)", text::time_left(left)),
    };
    moment(seen, made.link.ends_at, precision, &left)
}

/// `14:20 today · 13:20 UTC`.
pub(super) fn until(seen: Seen, end: Timestamp) -> String {
    moment(seen, end, Precision::Minute, "")
}

/// A moment here and in UTC, with a remark after the first.
fn moment(seen: Seen, then: Timestamp, precision: Precision, remark: &str) -> String {
    let (now, zone) = (seen.now.wall, &seen.theme.zone);
    let utc = DayTime { then, now, zone: &TimeZone::UTC, zone_name: " UTC", precision };
    if zone.to_offset(then) == Offset::UTC {
        return format!("{}{remark}", text::day_time(utc));
    }
    let here = text::day_time(DayTime { zone, zone_name: "", ..utc });
    let there = text::day_time(utc);
    let same_day = [" today", " tomorrow"].into_iter().find(|day| here.ends_with(day) && there.ends_with(day));
    let there = same_day.and_then(|day| there.strip_suffix(day)).unwrap_or(&there);
    format!("{here}{remark}{}{there}", theme::BETWEEN)
}

/// What the store said when it was asked whether the link works.
fn tested(seen: Seen, tested: &Tested, width: usize) -> Vec<Line<'static>> {
    let finding = match tested {
        Tested::No => return Vec::new(),
        Tested::Asking => {
            let sign = seen.working(Lane::Probe).unwrap_or(" ");
            return vec![Line::styled(format!("{sign} asking the store whether it works…"), seen.theme.faint())];
        }
        Tested::Found(finding) => finding,
    };
    let (sign, style) = match finding.outcome {
        Outcome::Works { .. } | Outcome::WorksAsFarAsCanBeSeen => (theme::DONE, seen.theme.done()),
        Outcome::Refused | Outcome::NotTheStore | Outcome::Unreachable => (theme::FAILED, seen.theme.failed()),
    };
    let mut lines = said(sign, &text::shown(&finding.summary), style, width);
    for more in [&finding.cause, &finding.fix].into_iter().filter(|more| !more.is_empty()) {
        lines.extend(said(" ", &text::sentence(&text::shown(more)), Style::new(), width));
    }
    for more in finding.evidence.iter().filter(|_| matches!(finding.outcome, Outcome::Works { .. })) {
        lines.extend(said(theme::BEWARE, &text::shown(more), seen.theme.strong(), width));
    }
    lines
}

/// What became of copying, with its sign.
fn copied(seen: Seen, copied: &Copied, width: usize) -> Vec<Line<'static>> {
    let (sign, style, said) = match copied {
        Copied::Copying => (" ", Style::new(), "copying…".to_owned()),
        Copied::Native => (theme::DONE, seen.theme.done(), "copied to the clipboard".to_owned()),
        Copied::Tmux => {
            let said = "copied to tmux's buffer and sent to the terminal, which does not confirm".to_owned();
            (theme::SENT, seen.theme.strong(), said)
        }
        Copied::Terminal(through) => {
            let through = match through {
                Through::Nothing => "",
                Through::Tmux => ", through tmux",
                Through::Screen => ", through screen",
            };
            let said = format!("sent to the terminal (OSC 52{through}), which does not confirm");
            (theme::SENT, seen.theme.strong(), said)
        }
        Copied::NotCopied(why) => (theme::FAILED, seen.theme.failed(), format!("not copied: {}", text::shown(why))),
    };
    let signs = std::iter::once(sign).chain(std::iter::repeat(" "));
    let lines = text::wrap(&said, width.saturating_sub(2)).into_iter().zip(signs);
    lines.map(|(line, sign)| Line::from(vec![Span::styled(format!("{sign} "), style), Span::raw(line)])).collect()
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

/// What can be done with the link as it is, besides closing it.
fn offered(sheet: &LinkSheet) -> &'static [Command] {
    match &sheet.state {
        LinkState::Made(_) => &[
            Command::CopyLink,
            Command::TestLink,
            Command::ChangeLink,
            Command::AsMessage,
            Command::AsCommand,
            Command::QrCode,
            Command::SaveUrl,
            Command::ShowUrl,
            Command::SignAnew,
            Command::PrintUrl,
        ],
        LinkState::Making | LinkState::Failed(_) => &[],
    }
}
