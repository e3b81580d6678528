//! A failure on the screen: whole where there is room. Where there is not, its reason is cut before what to do is. It knows no place.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::s3::failure::Failure;
use crate::view::{Seen, text, theme};

/// The room of a page, which is scrolled.
pub(super) const SCROLLED: usize = usize::MAX;

/// What failed and why, what to do, and what the store said, each on lines of its own, all in `height` lines of `width` cells.
pub(super) fn lines(seen: Seen, failure: &Failure, width: usize, height: usize) -> Vec<Line<'static>> {
    let theme = seen.theme;
    let reply = failure.reply.as_ref().map(|reply| {
        let id = reply.request_id.as_ref().map(|id| format!("request {}", text::shown(id)));
        let code = text::shown(&reply.code).into_owned();
        let parts = [reply.status.to_string(), code, text::shown(&reply.message).into_owned(), id.unwrap_or_default()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("The store said: {}", parts.join(theme::BETWEEN))
    });
    let what = text::wrap(&format!("{} Cannot {}.", theme::FAILED, text::shown(&failure.what)), width);
    let hint = text::wrap(&text::sentence(&text::shown(&failure.hint)), width);
    let why = text::wrap(&text::sentence(&text::shown(&failure.why)), width);
    let what = first(what, height.saturating_sub(hint.len() + 1).max(1), width);
    let why = first(why, height.saturating_sub(what.len() + hint.len()), width);
    let reply = text::wrap(&reply.unwrap_or_default(), width);
    let reply = first(reply, height.saturating_sub(what.len() + why.len() + hint.len()), width);
    let said = [(what, theme.failed()), (why, Style::new()), (hint, theme.strong()), (reply, theme.faint())];
    said.into_iter()
        .flat_map(|(lines, style)| lines.into_iter().map(move |line| Line::styled(line, style)))
        .take(height)
        .collect()
}

/// The first `most` lines; the last one of them shows where something is cut away.
fn first(mut lines: Vec<String>, most: usize, width: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = cut(last, width);
        }
    }
    lines
}

/// The same text, and the sign that more belongs to it.
fn cut(line: &str, width: usize) -> String {
    let kept = text::start(line, width.saturating_sub(text::width(text::CUT)));
    format!("{}{}", kept.trim_end_matches([' ', ',', ';', ':', '.']), text::CUT)
}

/// All of it as running text in at most `most` lines of `width` cells, behind `start`, and before `end` where something is cut
/// away: of a long reason as much as leaves room for what to do.
pub(super) fn running(failure: &Failure, start: &str, end: &str, width: usize, most: usize) -> Vec<String> {
    let whole = text::wrap(&text::shown(&format!("{start}{failure}")), width);
    if whole.len() <= most {
        return whole;
    }
    let [what, why, hint] = [&failure.what, &failure.why, &failure.hint].map(|part| text::shown(part));
    // A reason of a few words says more than the end of a long remedy.
    let is_long = !hint.is_empty() && text::width(&why) > width;
    let words: Vec<&str> = why.split(' ').filter(|_| is_long).collect();
    let with_reason = (1..words.len()).rev().map(|kept| {
        let why = words.iter().take(kept).copied().collect::<Vec<_>>().join(" ");
        let why = why.trim_end_matches([' ', ',', ';', ':', '.']);
        format!("{start}cannot {what}: {why}{}; {hint}{end}", text::CUT)
    });
    let alone = [format!("{start}cannot {what}; {hint}{end}"), format!("{start}{hint}{end}")];
    let shorter = with_reason.chain(alone.into_iter().filter(|_| is_long)).map(|told| text::wrap(&told, width));
    shorter.into_iter().find(|lines| lines.len() <= most).unwrap_or_else(|| ended(whole, end, width, most))
}

/// The first lines of `lines`, and `end` at the end of the last one of them where not all have room.
pub(super) fn ended(mut lines: Vec<String>, end: &str, width: usize, most: usize) -> Vec<String> {
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        let cut = text::cut_end(&rest, width.saturating_sub(text::width(end)));
        lines.push(format!("{cut}{end}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::failure::FailureKind;

    fn long() -> Failure {
        let why = "one of the many things that stand between here and there has said a great deal and none of it helps";
        Failure::new(FailureKind::Other, "list s3://docs/", why, "do this one thing")
    }

    #[test]
    fn the_reason_is_cut_before_what_to_do() {
        let told = running(&long(), "", " (E shows all)", 36, 3);
        assert_eq!(
            told,
            [
                "cannot list s3://docs/: one of the",
                "many things that stand between…; do",
                "this one thing (E shows all)"
            ]
        );
        let told = running(&long(), "", " (E shows all)", 36, 1);
        assert_eq!(told, ["do this one thing (E shows all)"]);
        let told = running(&long(), "", " (E shows all)", 80, 9).join(" ");
        assert_eq!(told, long().to_string());
    }

    #[test]
    fn what_has_no_room_at_all_names_the_key_that_shows_it() {
        let told = running(&Failure { hint: "a ".repeat(200), ..long() }, "", " (E shows all)", 36, 2);
        assert!(told.len() == 2 && told.iter().any(|line| line.ends_with("… (E shows all)")), "{told:?}");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_none_too_many(
            why in "[a-z ,.]{0,300}", hint in "[a-z ,.]{0,120}", width in 16_usize..120, most in 1_usize..4,
        ) {
            let failure = Failure { why, hint, ..long() };
            let told = running(&failure, "not all: ", " (E shows all)", width, most);
            prop_assert!(told.len() <= most && told.iter().all(|line| text::width(line) <= width), "{:?}", told);
        }
    }
}
