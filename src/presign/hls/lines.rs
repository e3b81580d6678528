//! A playlist as lines, and each line as pieces, some of which are URIs. Joined again, they are the text byte for byte.

use std::time::Duration;

use super::Kind;

/// Tags whose `URI="…"` names a file: RFC 8216, sections 4.3.2 to 4.3.4, and draft-pantos-hls-rfc8216bis, section 4.4.
const FILE_TAGS: [&str; 7] = [
    "#EXT-X-KEY",
    "#EXT-X-MAP",
    "#EXT-X-SESSION-KEY",
    "#EXT-X-SESSION-DATA",
    "#EXT-X-PART",
    "#EXT-X-PRELOAD-HINT",
    "#EXT-X-RENDITION-REPORT",
];

/// Tags of a master whose `URI="…"` names a playlist.
const PLAYLIST_TAGS: [&str; 2] = ["#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF"];

/// Tags that only a master has.
const MASTER_TAGS: [&str; 5] =
    ["#EXT-X-STREAM-INF", "#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-SESSION-DATA", "#EXT-X-SESSION-KEY"];

/// Tags that only a media playlist has.
const MEDIA_TAGS: [&str; 3] = ["#EXTINF", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE"];

/// A playlist with what its tags say as a whole.
pub(super) struct Playlist<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    /// Whether it has tags of both kinds.
    pub(super) is_mixed: bool,
    /// Whether nothing will be added.
    pub(super) has_end: bool,
    /// The sum of its segments.
    pub(super) duration: Duration,
}

/// A line with its end.
pub(super) struct Line<'t> {
    /// From 1.
    pub(super) number: usize,
    pub(super) pieces: Vec<Piece<'t>>,
}

/// Part of a line.
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// Where it names something; `None` for what is to be kept.
    pub(super) place: Option<Place>,
}

/// What a URI leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Another playlist.
    Playlist,
    /// Bytes: a segment, a key, data.
    File,
}

impl<'t> Playlist<'t> {
    /// `None` where the text is no playlist.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
        if lines.next()?.trim_end() != "#EXTM3U" {
            return None;
        }
        let (mut master, mut media, mut has_end) = (false, false, false);
        let mut duration = Duration::ZERO;
        for line in lines {
            let tag = tag_of(line);
            master |= MASTER_TAGS.contains(&tag);
            media |= MEDIA_TAGS.contains(&tag);
            has_end |= tag == "#EXT-X-ENDLIST";
            duration = duration.saturating_add(segment_duration(line).unwrap_or_default());
        }
        let kind = if master { Kind::Master } else { Kind::Media };
        Some(Self { text, kind, is_mixed: master && media, has_end, duration })
    }

    /// Its lines, taken apart.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'t>> {
        let of_line = match self.kind {
            Kind::Master => Place::Playlist,
            Kind::Media => Place::File,
        };
        let lines = self.text.split_inclusive('\n').zip(1..);
        lines.map(move |(line, number)| Line { number, pieces: pieces(line, of_line) })
    }
}

/// `#EXT-X-KEY` of `#EXT-X-KEY:METHOD=NONE`.
fn tag_of(line: &str) -> &str {
    line.split(':').next().unwrap_or_default().trim_end()
}

/// The seconds of `#EXTINF:<seconds>,[<title>]`.
fn segment_duration(line: &str) -> Option<Duration> {
    let seconds = line.strip_prefix("#EXTINF:")?.split(',').next()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn pieces(line: &str, of_line: Place) -> Vec<Piece<'_>> {
    let kept = |text| Piece { text, place: None };
    let uri = line.trim();
    if uri.is_empty() || uri == "\u{feff}" {
        return vec![kept(line)];
    }
    if !line.starts_with(['#', '\u{feff}']) {
        let (before, rest) = line.split_at_checked(line.len() - line.trim_start().len()).unwrap_or(("", line));
        let (uri, after) = rest.split_at_checked(uri.len()).unwrap_or((rest, ""));
        return vec![kept(before), Piece { text: uri, place: Some(of_line) }, kept(after)];
    }
    let tag = tag_of(line);
    let place = match tag {
        _ if FILE_TAGS.contains(&tag) => Place::File,
        _ if PLAYLIST_TAGS.contains(&tag) => Place::Playlist,
        _ => return vec![kept(line)],
    };
    attributes(line, place)
}

/// A tag's line, cut around the values of its `URI` attributes (RFC 8216, section 4.2).
fn attributes(line: &str, place: Place) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // What is kept grows until a URI is found; both are counted in bytes, which quotes and commas are.
    let (mut kept_from, mut at) = (0, line.find(':').map_or(line.len(), |colon| colon + 1));
    while let Some(rest) = line.get(at..) {
        let Some((name, value)) = rest.split_once('=') else { break };
        let value_at = at + name.len() + 1;
        let Some(quoted) = value.strip_prefix('"') else {
            // Up to the next attribute; the last one has none behind it.
            let Some((plain, _)) = value.split_once(',') else { break };
            at = value_at + plain.len() + 1;
            continue;
        };
        // A quote that is never closed makes no attribute.
        let Some((text, after)) = quoted.split_once('"') else { break };
        let (from, to) = (value_at + 1, value_at + 1 + text.len());
        if name.trim() == "URI"
            && let Some(kept) = line.get(kept_from..from)
        {
            pieces.push(Piece { text: kept, place: None });
            pieces.push(Piece { text, place: Some(place) });
            kept_from = to;
        }
        let Some((gap, _)) = after.split_once(',') else { break };
        at = to + 1 + gap.len() + 1;
    }
    pieces.push(Piece { text: line.get(kept_from..).unwrap_or_default(), place: None });
    pieces
}
