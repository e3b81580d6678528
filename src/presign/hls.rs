//! HLS playlists (RFC 8216) rewritten so that each file they name has a link of its own; a player then needs no other right.
//!
//! A player drops a playlist's query when it resolves what stands in it, so that a link to the playlist alone plays nothing.
//! Nothing is fetched here: [`Rewriter::wanted`] says what to fetch, and [`Rewriter::take`] takes it.

mod lines;
mod reference;

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use thiserror::Error;

use self::lines::{Line, Place, Playlist};
use self::reference::Reference;
use super::expiry::{Expiry, ExpiryError};
use crate::s3::address::{Address, AddressingStyle, Scheme};
use crate::s3::name::{BucketName, Key};
use crate::s3::text::visible;

/// The most media playlists that one master may name.
pub const MAX_PLAYLISTS: usize = 500;

/// The least by which links outlive what they play.
const LEAST_MARGIN: Duration = Duration::from_secs(600);

/// What a playlist lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Other playlists: variants and renditions.
    Master,
    /// Segments.
    Media,
}

/// What to do with a playlist that is still growing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Live {
    /// Say that it cannot be done well.
    #[default]
    Refuse,
    /// Link what is in it now.
    TakeAsItIs,
}

/// How whole URLs into the playlist's own bucket begin; all other whole URLs are left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home(Vec<String>);

impl Home {
    /// The bucket at its store, named in the host or in the path, with TLS or without.
    pub fn new(address: &Address, bucket: &BucketName) -> Self {
        let styles = [AddressingStyle::Virtual, AddressingStyle::Path];
        let starts = styles.into_iter().flat_map(|style| {
            let address = Address { style, ..address.clone() };
            let rest = format!("{}{}", address.host_for(bucket), address.path_for(bucket, ""));
            [Scheme::Https, Scheme::Http].map(|scheme| format!("{}://{rest}", scheme.as_str()))
        });
        Self(starts.collect())
    }

    /// The path below the bucket's root in a whole URL, percent-encoded as it is; `None` for a URL of another place.
    fn path_in<'u>(&self, url: &'u str) -> Option<&'u str> {
        self.0.iter().find_map(|start| url.strip_prefix(start.as_str()))
    }
}

/// Why a playlist is not rewritten; `E` is why a link was not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HlsError<E = Infallible> {
    /// Some other file.
    #[error("{} is no HLS playlist: its first line is not #EXTM3U", shown(.0))]
    NotAPlaylist(Key),
    /// RFC 8216, section 4: a playlist with tags of both kinds cannot be played.
    #[error("{} is broken: it lists playlists and segments at once", shown(.0))]
    Mixed(Key),
    /// The rewritten text would be out of date within seconds.
    #[error(
        "{} is live (it has no #EXT-X-ENDLIST): players fetch it again every few seconds, and a rewritten copy does not \
         grow; wait until the recording is finished, or link what is there now",
        shown(.0)
    )]
    Live(Key),
    /// RFC 8216, section 4.3.4: a master names media playlists only. So nothing can go round in a circle either.
    #[error("{} is named as a media playlist, but is a master playlist itself: no player follows that", shown(.0))]
    NestedMaster(Key),
    /// More than anyone has.
    #[error("{} names more than {MAX_PLAYLISTS} other playlists: rewrite them one by one", shown(.0))]
    TooMany(Key),
    /// Asked for too early, or for a key that is not wanted.
    #[error("the playlist {} is not the one to be read next", shown(.0))]
    OutOfTurn(Key),
    /// A link could not be made.
    #[error(transparent)]
    Link(E),
}

fn shown(key: &Key) -> Cow<'_, str> {
    visible(key.as_str())
}

/// Something in a playlist that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line, from 1.
    pub line: usize,
    /// What stands there, without a query, which may hold a secret.
    pub uri: String,
    /// What is to be said of it.
    pub what: What,
}

/// What is to be said of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was linked, but without its query or fragment.
    QueryDropped,
    /// It begins with `/`, and was taken to begin at the root of the bucket.
    FromTheRoot,
    /// It leads out of the bucket, and was left as it is.
    Outside,
    /// It names nothing that a key could be, and was left as it is.
    NoKey,
    /// It holds a variable of the playlist (`EXT-X-DEFINE`), and was left as it is.
    Variable,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::QueryDropped => "linked without its query, which a link cannot have besides its own",
            What::FromTheRoot => "taken to begin at the root of the bucket",
            What::Outside => "leads out of the bucket: left as it is, and will not play",
            What::NoKey => "cannot be a key: left as it is, and will not play",
            What::Variable => "holds a variable: left as it is, and will not play",
        };
        write!(f, "line {}: `{}` {what}", self.line, visible(&self.uri))
    }
}

/// One playlist whose files have links.
#[derive(Clone, PartialEq, Eq)]
struct Rewritten {
    /// The text. It holds links, and is a secret as they are.
    text: String,
    /// What it lists.
    kind: Kind,
    /// How many links are in it.
    links: usize,
    /// How many whole URLs of other places were left alone.
    foreign: usize,
    /// The playlists that it names, each once.
    children: Vec<Key>,
    /// What a person should know.
    remarks: Vec<Remark>,
}

impl fmt::Debug for Rewritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rewritten({:?}, {} links, …)", self.kind, self.links)
    }
}

/// How long links must live to outlast what they play: 10 minutes more, or a fifth for what is long.
///
/// Fails with what is longer than a link can live.
pub fn least_lifetime(duration: Duration) -> Result<Expiry, ExpiryError> {
    let with_margin = duration.saturating_add(LEAST_MARGIN.max(duration / 5));
    // Whole minutes, rounded up.
    Expiry::from_seconds(with_margin.as_secs().saturating_add(59) / 60 * 60)
}

/// Rewrites a playlist together with those that it names, in three steps that leave all fetching to the caller:
/// fetch what [`Self::wanted`] names and [`Self::take`] it, until there is nothing; choose a lifetime by [`Self::duration`];
/// [`Self::finish`].
#[derive(Clone)]
pub struct Rewriter {
    root: Key,
    home: Home,
    live: Live,
    wanted: VecDeque<Key>,
    /// In the order in which they were taken, the root first.
    taken: Vec<(Key, String)>,
}

/// Rewritten playlists as files for one folder, the first of which is to be played.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Names and texts. A name has no folder; a text holds links, and is a secret as they are.
    pub files: Vec<(String, String)>,
    /// How many links are in them.
    pub links: usize,
    /// How many whole URLs of other places were left alone.
    pub foreign: usize,
    /// How long the longest of them plays.
    pub duration: Duration,
    /// What a person should know, with the playlist that it is about.
    pub remarks: Vec<(Key, Remark)>,
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle({} files, {} links, …)", self.files.len(), self.links)
    }
}

impl Rewriter {
    /// Begins with the playlist at `root`, master or media.
    pub fn new(root: Key, home: Home, live: Live) -> Self {
        Self { wanted: VecDeque::from([root.clone()]), root, home, live, taken: Vec::new() }
    }

    /// The playlist to be fetched next; `None` when all are here.
    pub fn wanted(&self) -> Option<&Key> {
        self.wanted.front()
    }

    /// Takes the text of the playlist that [`Self::wanted`] named.
    pub fn take(&mut self, key: &Key, text: String) -> Result<(), HlsError> {
        if self.wanted() != Some(key) {
            return Err(HlsError::OutOfTurn(key.clone()));
        }
        let playlist = read(&text, key, self.live)?;
        if playlist.kind == Kind::Master {
            if !self.taken.is_empty() {
                return Err(HlsError::NestedMaster(key.clone()));
            }
            let children =
                written(&playlist, key, &self.home, &mut |_, _| Ok::<_, Infallible>(String::new()))?.children;
            if children.contains(key) {
                return Err(HlsError::NestedMaster(key.clone()));
            }
            if children.len() > MAX_PLAYLISTS {
                return Err(HlsError::TooMany(key.clone()));
            }
            self.wanted.extend(children);
        }
        self.wanted.pop_front();
        self.taken.push((key.clone(), text));
        Ok(())
    }

    /// How long the longest playlist that was taken plays.
    pub fn duration(&self) -> Duration {
        let durations = self.taken.iter().filter_map(|(_, text)| Some(Playlist::parse(text)?.duration));
        durations.max().unwrap_or_default()
    }

    /// Gives every file what `link` makes for it; a master names its rewritten children by their names in the bundle.
    pub fn finish<E>(self, link: &mut dyn FnMut(&Key) -> Result<String, E>) -> Result<Bundle, HlsError<E>> {
        if let Some(missing) = self.wanted() {
            return Err(HlsError::OutOfTurn(missing.clone()));
        }
        let names = file_names(&self.root, self.taken.iter().map(|(key, _)| key));
        let mut bundle = Bundle {
            files: Vec::with_capacity(self.taken.len()),
            links: 0,
            foreign: 0,
            duration: self.duration(),
            remarks: Vec::new(),
        };
        for (key, text) in &self.taken {
            let playlist = read(text, key, self.live).map_err(without_link)?;
            let mut links = 0;
            let rewritten =
                written(&playlist, key, &self.home, &mut |place, target| match (place, names.get(target)) {
                    (Place::Playlist, Some(name)) => Ok(name.clone()),
                    _ => {
                        links += 1;
                        link(target)
                    }
                })?;
            bundle.links += links;
            bundle.foreign += rewritten.foreign;
            bundle.remarks.extend(rewritten.remarks.into_iter().map(|remark| (key.clone(), remark)));
            bundle.files.push((names.get(key).cloned().unwrap_or_default(), rewritten.text));
        }
        Ok(bundle)
    }
}

/// A name for each playlist that every file system and every URL takes as it is: `master.m3u8`, `master-1-144p-index.m3u8`.
fn file_names<'k>(root: &Key, keys: impl Iterator<Item = &'k Key>) -> HashMap<Key, String> {
    let folder = root.parent();
    let plain = |text: &str| -> String {
        let text = text.strip_suffix(".m3u8").unwrap_or(text);
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        text.chars().take(60).map(plain).collect()
    };
    let stem = match plain(root.file_name()) {
        name if name.trim_matches('-').is_empty() => "playlist".to_owned(),
        name => name.trim_start_matches('-').to_owned(),
    };
    let name = |(number, key): (usize, &'k Key)| match number {
        0 => (key.clone(), format!("{stem}.m3u8")),
        _ => (key.clone(), format!("{stem}-{number}-{}.m3u8", plain(key.below(&folder)))),
    };
    keys.enumerate().map(name).collect()
}

/// What can be rewritten at all.
fn read<'t>(text: &'t str, key: &Key, live: Live) -> Result<Playlist<'t>, HlsError> {
    let playlist = Playlist::parse(text).ok_or_else(|| HlsError::NotAPlaylist(key.clone()))?;
    match (playlist.kind, live) {
        _ if playlist.is_mixed => Err(HlsError::Mixed(key.clone())),
        (Kind::Media, Live::Refuse) if !playlist.has_end => Err(HlsError::Live(key.clone())),
        _ => Ok(playlist),
    }
}

/// The playlist with `link`'s text in every place that names a file of the bucket. Line ends, comments and everything that
/// names no file stay as they are.
fn written<E>(
    playlist: &Playlist<'_>,
    key: &Key,
    home: &Home,
    link: &mut dyn FnMut(Place, &Key) -> Result<String, E>,
) -> Result<Rewritten, HlsError<E>> {
    let mut rewritten = Rewritten {
        text: String::with_capacity(playlist.text.len()),
        kind: playlist.kind,
        links: 0,
        foreign: 0,
        children: Vec::new(),
        remarks: Vec::new(),
    };
    for Line { number, pieces } in playlist.lines() {
        for piece in pieces {
            let Some(place) = piece.place else {
                rewritten.text.push_str(piece.text);
                continue;
            };
            let uri = piece.text;
            let mut remark = |what| {
                let uri = uri.split(['?', '#']).next().unwrap_or_default().to_owned();
                rewritten.remarks.push(Remark { line: number, uri, what });
            };
            let target = match reference::resolve(uri, key, home) {
                Reference::Key { key, remarks } => {
                    remarks.into_iter().for_each(&mut remark);
                    key
                }
                Reference::Foreign => {
                    rewritten.foreign += 1;
                    rewritten.text.push_str(uri);
                    continue;
                }
                Reference::Unusable(what) => {
                    remark(what);
                    rewritten.text.push_str(uri);
                    continue;
                }
            };
            rewritten.text.push_str(&link(place, &target).map_err(HlsError::Link)?);
            rewritten.links += 1;
            if place == Place::Playlist && !rewritten.children.contains(&target) {
                rewritten.children.push(target);
            }
        }
    }
    Ok(rewritten)
}

/// The same error where a link can fail.
fn without_link<E>(error: HlsError) -> HlsError<E> {
    match error {
        HlsError::NotAPlaylist(key) => HlsError::NotAPlaylist(key),
        HlsError::Mixed(key) => HlsError::Mixed(key),
        HlsError::Live(key) => HlsError::Live(key),
        HlsError::NestedMaster(key) => HlsError::NestedMaster(key),
        HlsError::TooMany(key) => HlsError::TooMany(key),
        HlsError::OutOfTurn(key) => HlsError::OutOfTurn(key),
        HlsError::Link(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MASTER: &str = include_str!("../../assets/demo/media/videos/launch/master.m3u8");
    const SMALL: &str = include_str!("../../assets/demo/media/videos/launch/144p/index.m3u8");
    const LARGE: &str = include_str!("../../assets/demo/media/videos/launch/240p/index.m3u8");

    fn key(key: &str) -> Key {
        Key::parse(key).unwrap()
    }

    /// `<key>` stands for the link to a key.
    fn marked(key: &Key) -> Result<String, Infallible> {
        Ok(format!("<{}>", key.as_str()))
    }

    /// One playlist with what `link` makes of each file that it names, children of a master among them.
    fn rewrite(
        playlist: &str,
        key: &Key,
        live: Live,
        link: &mut dyn FnMut(&Key) -> Result<String, Infallible>,
    ) -> Result<Rewritten, HlsError> {
        written(&read(playlist, key, live)?, key, &Home::default(), &mut |_, key| link(key))
    }

    fn duration(playlist: &str) -> Duration {
        Playlist::parse(playlist).unwrap().duration
    }

    fn rewritten(playlist: &str) -> Result<Rewritten, HlsError> {
        rewrite(playlist, &key("v/list.m3u8"), Live::Refuse, &mut marked)
    }

    fn demo() -> Rewriter {
        let mut rewriter = Rewriter::new(key("videos/launch/master.m3u8"), Home::default(), Live::Refuse);
        while let Some(wanted) = rewriter.wanted().cloned() {
            let text = match wanted.as_str() {
                "videos/launch/master.m3u8" => MASTER,
                "videos/launch/144p/index.m3u8" => SMALL,
                "videos/launch/240p/index.m3u8" => LARGE,
                other => panic!("{other} is not wanted"),
            };
            rewriter.take(&wanted, text.to_owned()).unwrap();
        }
        rewriter
    }

    #[test]
    fn every_segment_of_a_media_playlist_has_a_link_and_nothing_else_changes() {
        let rewritten = rewrite(SMALL, &key("videos/launch/144p/index.m3u8"), Live::Refuse, &mut marked);
        let rewritten = rewritten.unwrap();
        let expected = SMALL.replace("seg-0000", "<videos/launch/144p/seg-0000").replace(".ts", ".ts>");
        assert_eq!(rewritten.text, expected);
        assert_eq!((rewritten.kind, rewritten.links, rewritten.children.len()), (Kind::Media, 3, 0));
        assert_eq!(duration(SMALL), Duration::from_secs(6));
        assert_eq!(rewritten.remarks, []);
    }

    #[test]
    fn a_master_and_its_children_become_files_of_one_folder() {
        let rewriter = demo();
        assert_eq!(rewriter.duration(), Duration::from_secs(6));
        let bundle = rewriter.finish(&mut marked).unwrap();
        let names: Vec<&str> = bundle.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["master.m3u8", "master-1-144p-index.m3u8", "master-2-240p-index.m3u8"]);
        let texts: Vec<&str> = bundle.files.iter().map(|(_, text)| text.as_str()).collect();
        let expected = MASTER.replace("144p/index", "master-1-144p-index").replace("240p/index", "master-2-240p-index");
        assert_eq!(texts[0], expected);
        assert!(texts[1].contains("\n<videos/launch/144p/seg-00002.ts>\n#EXT-X-ENDLIST"), "{}", texts[1]);
        assert!(texts[2].contains("\n<videos/launch/240p/seg-00000.ts>\n"), "{}", texts[2]);
        assert_eq!((bundle.links, bundle.foreign, bundle.remarks.len()), (6, 0, 0));
    }

    #[test]
    fn every_uri_attribute_of_a_media_playlist_has_a_link() {
        let text = "#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n# a comment with URI=\"x\"\r\n\
            #EXT-X-KEY:METHOD=AES-128,KEYFORMAT=\"a,URI=\\b\",URI=\"../k/1.key\",IV=0x1\r\n\
            #EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"100@0\"\r\n#EXTINF:3.5,a title, with URI=\"x\"\r\n\
            #EXT-X-BYTERANGE:75232@0\r\n  seg 1.ts?sig=old \r\n\r\n#EXT-X-PART:DURATION=0.3,URI=\"p.mp4\"\r\n\
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"q.mp4\"\r\n#EXT-X-RENDITION-REPORT:URI=\"../a/r.m3u8\",LAST-MSN=1\r\n\
            #EXTINF:1,\r\nhttps://cdn.example.net/a.ts\r\n#EXT-X-ENDLIST";
        let rewritten = rewritten(text).unwrap();
        let expected = text
            .replace("../k/1.key", "<k/1.key>")
            .replace("init.mp4", "<v/init.mp4>")
            .replace("seg 1.ts?sig=old", "<v/seg 1.ts>")
            .replace("\"p.mp4\"", "\"<v/p.mp4>\"")
            .replace("\"q.mp4\"", "\"<v/q.mp4>\"")
            .replace("../a/r.m3u8", "<a/r.m3u8>");
        assert_eq!(rewritten.text, expected);
        assert_eq!((rewritten.links, rewritten.foreign), (6, 1));
        assert_eq!(duration(text), Duration::from_millis(4_500));
        let remark = Remark { line: 8, uri: "seg 1.ts".to_owned(), what: What::QueryDropped };
        assert_eq!(rewritten.remarks, [remark]);
    }

    #[test]
    fn the_children_of_a_master_are_its_variants_and_renditions_each_once() {
        let text = "#EXTM3U\n#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"s.key\"\n#EXT-X-SESSION-DATA:DATA-ID=\"d\",URI=\"d.json\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"A\",URI=\"audio.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"C\",INSTREAM-ID=\"CC1\"\n\
            #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"i.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nlow.m3u8\n\
            #EXT-X-STREAM-INF:BANDWIDTH=1\naudio.m3u8\n";
        let rewritten = rewritten(text).unwrap();
        let children: Vec<&str> = rewritten.children.iter().map(Key::as_str).collect();
        assert_eq!(children, ["v/audio.m3u8", "v/i.m3u8", "v/low.m3u8"]);
        assert_eq!((rewritten.kind, rewritten.links), (Kind::Master, 6));
    }

    #[test]
    fn what_would_not_play_is_refused_or_named() {
        let refused = |text: &str| rewritten(text).unwrap_err();
        for text in ["", "#EXTM3UX\n", "<html>", "\n#EXTM3U\n"] {
            assert!(matches!(refused(text), HlsError::NotAPlaylist(_)), "{text:?}");
        }
        assert!(matches!(refused("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n#EXTINF:1,\nb\n"), HlsError::Mixed(_)));
        let live = "#EXTM3U\n#EXTINF:1,\na.ts\n";
        let error = refused(live);
        assert!(matches!(error, HlsError::Live(_)) && error.to_string().contains("#EXT-X-ENDLIST"), "{error}");
        let taken = rewrite(live, &key("v/list.m3u8"), Live::TakeAsItIs, &mut marked).unwrap();
        assert_eq!(taken.text, "#EXTM3U\n#EXTINF:1,\n<v/a.ts>\n");

        let outside = rewritten("#EXTM3U\n#EXTINF:1,\n../../a.ts?secret\n#EXT-X-ENDLIST\n").unwrap();
        assert!(outside.text.contains("\n../../a.ts?secret\n"), "it is left as it is");
        assert_eq!(
            outside.remarks[0].to_string(),
            "line 3: `../../a.ts` leads out of the bucket: left as it is, and will not play"
        );
    }

    #[test]
    fn playlists_that_go_round_in_a_circle_or_are_too_many_are_refused() {
        let master = |names: &[String]| {
            let variants = names.iter().map(|name| format!("#EXT-X-STREAM-INF:BANDWIDTH=1\n{name}\n"));
            format!("#EXTM3U\n{}", variants.collect::<String>())
        };
        let begun = || Rewriter::new(key("a.m3u8"), Home::default(), Live::Refuse);
        let itself = begun().take(&key("a.m3u8"), master(&["a.m3u8".to_owned()]));
        assert_eq!(itself, Err(HlsError::NestedMaster(key("a.m3u8"))));
        let mut nested = begun();
        nested.take(&key("a.m3u8"), master(&["b.m3u8".to_owned()])).unwrap();
        let circle = nested.take(&key("b.m3u8"), master(&["a.m3u8".to_owned()]));
        assert_eq!(circle, Err(HlsError::NestedMaster(key("b.m3u8"))));
        let many: Vec<String> = (0..=MAX_PLAYLISTS).map(|number| format!("{number}.m3u8")).collect();
        assert_eq!(begun().take(&key("a.m3u8"), master(&many)), Err(HlsError::TooMany(key("a.m3u8"))));
    }

    #[test]
    fn nothing_is_finished_before_all_is_read() {
        let mut rewriter = Rewriter::new(key("videos/launch/master.m3u8"), Home::default(), Live::Refuse);
        let wrong = rewriter.take(&key("other.m3u8"), SMALL.to_owned());
        assert_eq!(wrong, Err(HlsError::OutOfTurn(key("other.m3u8"))));
        rewriter.take(&key("videos/launch/master.m3u8"), MASTER.to_owned()).unwrap();
        assert_eq!(rewriter.finish(&mut marked), Err(HlsError::OutOfTurn(key("videos/launch/144p/index.m3u8"))));
    }

    #[test]
    fn a_link_that_cannot_be_made_ends_it() {
        let failed = demo().finish(&mut |_| Err("no credentials"));
        assert_eq!(failed, Err(HlsError::Link("no credentials")));
    }

    #[test]
    fn links_outlive_what_they_play() {
        let lifetime = |seconds| least_lifetime(Duration::from_secs(seconds)).map(|expiry| expiry.to_string());
        assert_eq!(lifetime(0).as_deref(), Ok("10m"));
        assert_eq!(lifetime(6).as_deref(), Ok("11m"));
        assert_eq!(lifetime(3_600).as_deref(), Ok("1h12m"));
        assert!(matches!(lifetime(7_776_000), Err(ExpiryError::TooLong(_))));
        assert!(least_lifetime(Duration::MAX).is_err());
    }

    #[test]
    fn names_of_files_are_plain_and_differ_whatever_the_keys() {
        let keys = ["-ü/..m3u8", "-ü/a/../x.m3u8", "-ü/a-..-x.m3u8", "日.m3u8"].map(key);
        let names = file_names(&keys[0], keys.iter());
        let of = |at: usize| names[&keys[at]].as_str();
        assert_eq!(
            [of(0), of(1), of(2), of(3)],
            ["playlist.m3u8", "playlist-1-a----x.m3u8", "playlist-2-a----x.m3u8", "playlist-3--.m3u8"]
        );
    }

    #[test]
    fn no_debug_output_holds_a_link() {
        let rewritten = rewritten("#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n").unwrap();
        let bundle = demo().finish(&mut marked).unwrap();
        assert!(!format!("{rewritten:?} {bundle:?}").contains('<'));
    }

    proptest! {
        #[test]
        fn any_text_is_rewritten_or_refused(text in any::<String>(), rest in "(#EXT-X-KEY:|#EXT-X-MAP:|URI=|\"|,|=|é|\r|\n|#EXTINF:9|/|\\.\\.|\\?){0,40}") {
            let _ = rewritten(&text);
            let _ = rewritten(&format!("#EXTM3U\n{rest}\n#EXT-X-ENDLIST"));
        }

        #[test]
        fn what_names_no_file_stays_byte_for_byte(lines in prop::collection::vec("(#[^X\n]{0,30}|[ \t]{0,3}|#EXT-X-KEY:[^U\n]{0,30})\r?", 0..12)) {
            let text = format!("#EXTM3U\n{}\n#EXT-X-ENDLIST", lines.join("\n"));
            let rewritten = rewritten(&text).unwrap();
            prop_assert_eq!((rewritten.text, rewritten.links), (text, 0));
        }

        #[test]
        fn a_link_that_says_the_same_changes_nothing(names in prop::collection::vec("[a-z0-9-]{1,12}", 1..8)) {
            let lines = names.iter().map(|name| format!("#EXT-X-MAP:A=1,URI=\"{name}\",B=\"x,y\"\r\n#EXTINF:1,\n{name}\n"));
            let text = format!("#EXTM3U\n{}#EXT-X-ENDLIST", lines.collect::<String>());
            let same = &mut |key: &Key| Ok::<_, Infallible>(key.file_name().to_owned());
            let rewritten = rewrite(&text, &key("list.m3u8"), Live::Refuse, same).unwrap();
            prop_assert_eq!((rewritten.text, rewritten.links), (text, 2 * names.len()));
        }
    }
}
