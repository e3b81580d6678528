//! Screens of a model that is put together by hand: what is on them at three sizes, and that no size or name breaks one.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::CellWidth;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

use super::draw;
use super::theme::{Colours, Glyphs, Theme, Times};
use crate::command::keymap::Keymap;
use crate::command::list::{Command, Scene};
use crate::model::browse::Browse;
use crate::model::listing::loading::More;
use crate::model::listing::{Filter, Origin, RowId, Sort, SortBy};
use crate::model::moment::Moment;
use crate::model::notice::Level;
use crate::model::page::{Page, Subject};
use crate::model::pending::Lane;
use crate::model::presign::{Asked, Copied, LinkSheet, LinkState, Made, Tested, Through};
use crate::model::prompt::{Prompt, Purpose};
use crate::model::spot::List;
use crate::model::store::Store;
use crate::model::viewport::Viewport;
use crate::model::{Fixed, Layer, Messages, Model};
use crate::presign::credentials::CodeAsk;
use crate::presign::expiry::Expiry;
use crate::presign::ledger::Issuer;
use crate::presign::link::{LimitedBy, Link, Session, SignedUrl};
use crate::presign::message::Template;
use crate::presign::request::{LinkRequest, Method};
use crate::s3::entry::BucketSummary;
use crate::s3::facts::{ObjectFacts, Tag, VersionEntry, VersionKind};
use crate::s3::failure::{Failure, FailureKind, Reply};
use crate::s3::key_page::{KeyPage, Listed, ListedObject};
use crate::s3::listing::{Resume, Versions};
use crate::s3::location::{Location, ObjectId, VersionId};
use crate::s3::name::{BucketName, Key, Prefix};

/// Names that have broken screens before.
const AWKWARD: [&str; 12] = [
    "two  spaces and a tab\there.txt",
    "\u{1b}[31mred\u{1b}[0m.txt",
    "exe\u{202e}gpj.cod",
    "שלום עולם.pdf",
    "資料/報告書 最終版.xlsx",
    "🧾🇩🇪👍🏽.png",
    "👨‍👩‍👧‍👦 family.jpg",
    "e\u{301}\u{301}\u{301}\u{301} zalgo.txt",
    "\u{301}starts with a mark",
    "ﷺ wide ligature ﷽.txt",
    "line\nfeed\rreturn",
    "ends with a space ",
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Moment {
    Moment { wall: at("2026-11-23T13:05:00Z"), uptime: Duration::from_secs(60) }
}

fn theme() -> Theme {
    Theme::new(TimeZone::UTC)
}

/// The built-in messages, told in UTC.
fn messages() -> Messages {
    Messages { text: Template::default_text(), html: Template::default_html(), zone: jiff::tz::TimeZone::UTC }
}

fn model(place: &str) -> Model {
    let fixed = Fixed {
        keymap: Keymap::built_in(),
        facts_delay: Some(Duration::from_millis(200)),
        page_size: 1000,
        most_bytes: usize::MAX,
        sort: SortBy::Name,
        zone: jiff::tz::TimeZone::UTC,
        messages: messages(),
        presets: Vec::new(),
    };
    let store = Store {
        issuer: Issuer { store: "demo".into(), ..Issuer::default() },
        provider: "b2".into(),
        region: "us-west-004".into(),
        ..Store::default()
    };
    Model::new(fixed, store, Browse::at(Location::parse(place).unwrap(), SortBy::Name))
}

fn object<'a>(key: &'a str, size: u64, modified: &str) -> Listed<'a> {
    let modified = Some(at(modified));
    Listed::Object(ListedObject { key, size, modified, etag: "", storage_class: "STANDARD" })
}

fn listed<'a>(rows: impl IntoIterator<Item = Listed<'a>>) -> KeyPage {
    let mut page = KeyPage::default();
    for row in rows {
        match row {
            Listed::Object(object) => page.push_object(&object).unwrap(),
            Listed::Prefix(prefix) => page.push_prefix(prefix).unwrap(),
        }
    }
    page
}

/// A prefix with a marker of its own, a prefix below it and three objects, the cursor on the report.
fn invoices() -> Model {
    let mut model = model("s3://support-files/invoices/2026/");
    let rows = vec![
        object("invoices/2026/", 0, "2025-01-02T03:04:05Z"),
        Listed::Prefix("invoices/2026/drafts/"),
        object("invoices/2026/report-Q3.pdf", 2_516_582, "2026-11-20T14:05:00Z"),
        object("invoices/2026/scan-0001.tif", 18_979_225, "2026-11-20T13:00:00Z"),
        object(
            "invoices/2026/a very long name that says everything there is to say about its contents, twice, v2.tar.gz",
            7,
            "2026-11-23T13:04:58Z",
        ),
    ];
    model.browse.here.take_page(&listed(rows), More::Next(Resume::Start), now().wall);
    model.browse.here.move_to(2);
    model
}

fn with_head(mut model: Model) -> Model {
    let facts = ObjectFacts {
        size: Some(2_516_582),
        content_type: Some("application/pdf".into()),
        etag: Some("9b2cf535f27731c974343645a3985328".into()),
        modified: Some(at("2026-11-20T14:05:00Z")),
        version: Some(VersionId(
            "4_z27c88f1d182b150646ff0b16_f200ec353a2184825_d20261120_m140500_c004_v7007000_t0000".into(),
        )),
        encryption: Some("AES256".into()),
        content_disposition: Some("attachment; filename=\"report Q3.pdf\"".into()),
        tag_count: Some(2),
        checksums: vec![("sha256".into(), "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=".into())],
        metadata: vec![("customer".into(), "4711".into()), ("note".into(), "für Größe\u{1b}[2J".into())],
        ..ObjectFacts::default()
    };
    model.facts.learn_head(report(), Ok(facts));
    model
}

fn report() -> ObjectId {
    let key = Key::parse("invoices/2026/report-Q3.pdf").unwrap();
    ObjectId::current(BucketName::parse("support-files").unwrap(), key)
}

fn made(method: Method, copied: Copied) -> Made {
    let request = LinkRequest::new(method, report(), Expiry::from_seconds(900).unwrap());
    let url = "https://support-files.s3.us-west-004.backblazeb2.com/invoices/2026/report-Q3.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=00412345678900000000004711%2F20261123%2Fus-west-004%2Fs3%2Faws4_request&X-Amz-Date=20261123T130500Z\
        &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=0000000000000000000000000000000000000000000000000000000000000000";
    Made {
        link: Link {
            request,
            url: SignedUrl::new(url.to_owned()),
            signed_at: now().wall,
            expires_in: Expiry::DEFAULT,
            ends_at: now().wall + SignedDuration::from_secs(900),
            limited_by: LimitedBy::Asked,
            access_key_id: "00412345678900000000004711".into(),
            source: "profile support".into(),
            session: Session::LongLived,
        },
        copied,
        saved: None,
        printed_on_exit: false,
        tested: Tested::No,
    }
}

fn sheet(method: Method, made: Made) -> Layer {
    let request = LinkRequest::new(method, report(), Expiry::from_seconds(900).unwrap());
    Layer::Link(Box::new(LinkSheet {
        asked: Asked::usual(request),
        size: Some(2_516_582),
        state: LinkState::Made(made),
    }))
}

fn forbidden() -> Failure {
    Failure {
        kind: FailureKind::Forbidden,
        what: "list the buckets".into(),
        why: "the credentials may not list buckets".into(),
        hint: "ask for s3:ListAllMyBuckets, or name a bucket".into(),
        reply: Some(Reply {
            status: 403,
            code: "AccessDenied".into(),
            message: "Access Denied".into(),
            request_id: Some("17F3A9\u{1b}[2J".into()),
            host_id: None,
        }),
        exchange: None,
    }
}

struct Screen {
    lines: Vec<String>,
    measured: Viewport,
    cursor: Position,
}

fn screen_of(model: &Model, theme: &Theme, now: Moment, width: u16, height: u16) -> Screen {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let mut measured = Viewport::default();
    terminal.draw(|frame| measured = draw(model, theme, now, frame)).unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    let buffer = terminal.backend().buffer();
    let lines = (0..height).map(|y| {
        let mut line = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        assert!(x <= width, "a wide character hangs over the edge: {line}");
        line.trim_end().to_owned()
    });
    let lines = lines.collect();
    Screen { lines, measured, cursor }
}

fn screen(model: &Model, width: u16, height: u16) -> String {
    screen_of(model, &theme(), now(), width, height).lines.join("\n")
}

fn buckets() -> Model {
    let mut model = model("s3://");
    let bucket = |name: &str, region: Option<&str>| BucketSummary {
        name: BucketName::parse(name).unwrap(),
        created: Some(at("2024-03-01T08:00:00Z")),
        region: region.map(str::to_owned),
    };
    let buckets = vec![bucket("archive", Some("eu-central-1")), bucket("support-files", None)];
    model.browse.here.take_buckets(buckets, now().wall);
    model
}

fn awkward() -> Model {
    let mut model = model("s3://odd/");
    let long = format!("{}.tar.gz", "long/".repeat(203));
    let mut rows: Vec<Listed> = AWKWARD.iter().map(|name| object(name, 1_536, "2026-11-23T13:04:00Z")).collect();
    rows.push(object(&long, u64::MAX, "2026-11-23T13:04:00Z"));
    rows.push(Listed::Prefix("//"));
    model.browse.here.take_page(&listed(rows), More::Nothing, now().wall);
    model
}

fn with(mut model: Model, layer: Layer) -> Model {
    model.layers.push(layer);
    model
}

fn page(subject: Subject) -> Layer {
    Layer::Page(Page::new(subject))
}

fn new_key(name: &str) -> Layer {
    let purpose = Purpose::NewKey { bucket: report().bucket, below: Prefix::new("invoices/2026/") };
    Layer::Prompt(Prompt::new(purpose, name))
}

fn failed_sheet(failure: Failure) -> Layer {
    let request = LinkRequest::new(Method::Get, report(), Expiry::from_seconds(900).unwrap());
    Layer::Link(Box::new(LinkSheet { asked: Asked::usual(request), size: None, state: LinkState::Failed(failure) }))
}

fn expired() -> Made {
    let mut made =
        made(Method::Put, Copied::NotCopied("no display, and the terminal takes at most 74,994 bytes".into()));
    made.link.ends_at = made.link.signed_at;
    made
}

fn three_versions() -> Versions {
    let version = |id: &str, modified: &str, kind: VersionKind| VersionEntry {
        id: VersionId(id.into()),
        is_latest: id == "3",
        modified: Some(at(modified)),
        kind,
    };
    let of = |size| VersionKind::Object { size, etag: "e".into(), storage_class: "STANDARD".into() };
    Versions {
        key: report().key,
        entries: vec![
            version("3", "2026-11-20T14:05:00Z", of(2_516_582)),
            version("4_z27c88f1d182b150646ff0b16_f200ec35", "2026-11-19T14:05:00Z", VersionKind::DeleteMarker),
            version("null", "2024-11-19T14:05:00Z", of(0)),
        ],
        truncated: true,
    }
}

fn with_versions() -> Model {
    let mut model = invoices();
    model.facts.learn_versions(report(), Ok(three_versions()));
    with(model, page(Subject::Versions(report())))
}

fn with_error() -> Model {
    let mut model = with_head(invoices());
    model.notices.say(Level::Done, "copied 3 s3:// locations", now());
    model.notices.say(Level::Error, forbidden().to_string(), now());
    model
}

fn unlisted(place: &str) -> Model {
    let mut model = model(place);
    model.browse.here.failure = Some(forbidden());
    model
}

/// One model for each thing that can be on the screen.
fn all_models() -> Vec<Model> {
    let filter = Purpose::Filter { before: Filter::default() };
    let mut no_head = invoices();
    no_head.facts.learn_head(report(), Err(forbidden()));
    let mut endless = with_error();
    endless.notices.say(Level::Error, AWKWARD.concat().repeat(20), now());
    vec![
        buckets(),
        awkward(),
        no_head,
        endless,
        unlisted("s3://"),
        model("s3://b/x/y/"),
        with(buckets(), page(Subject::Help(Scene::Link))),
        with(awkward(), Layer::Prompt(Prompt::new(filter, &AWKWARD.concat()))),
        with(invoices(), new_key(&"x".repeat(2_000))),
        with(invoices(), Layer::Prompt(Prompt::new(Purpose::GoTo, ""))),
        with(with(invoices(), sheet(Method::Get, made(Method::Get, Copied::Native))), page(Subject::Url)),
        with(with_head(invoices()), page(Subject::Facts(report()))),
        with_versions(),
        with(with_error(), page(Subject::Messages)),
        with(invoices(), sheet(Method::Put, expired())),
        with(invoices(), failed_sheet(forbidden())),
    ]
}

#[test]
fn the_browser_at_three_sizes() {
    let model = with_head(invoices());
    insta::assert_snapshot!("browser_80x24", screen(&model, 80, 24));
    insta::assert_snapshot!("browser_40x12", screen(&model, 40, 12));
    insta::assert_snapshot!("browser_120x40", screen(&model, 120, 40));
}

#[test]
fn awkward_names_keep_to_their_columns_and_reach_the_screen_harmless() {
    let model = awkward();
    insta::assert_snapshot!("awkward_80x24", screen(&model, 80, 24));
    insta::assert_snapshot!("awkward_40x12", screen(&model, 40, 12));
}

#[test]
fn filter_marks_and_order_are_said_above_the_columns() {
    let mut model = invoices();
    model.browse.here.set_filter(Filter("r".into()));
    model.browse.here.set_sort(Sort { by: SortBy::Size, reversed: false });
    for key in ["invoices/2026/report-Q3.pdf", "invoices/2026/scan-0001.tif"] {
        model.browse.here.mark(RowId::Object(Key::parse(key).unwrap()));
    }
    insta::assert_snapshot!("filtered_and_marked", screen(&model, 80, 12));
}

#[test]
fn buckets_have_regions_and_say_what_is_known() {
    insta::assert_snapshot!("buckets", screen(&buckets(), 80, 24));
}

#[test]
fn where_there_are_no_rows_it_is_said_why_and_what_to_do() {
    let mut unmatched = invoices();
    unmatched.browse.here.set_filter(Filter("nowhere".into()));
    let mut empty = model("s3://support-files/empty/");
    empty.browse.here.take_page(&listed([]), More::Nothing, now().wall);
    insta::assert_snapshot!("filter_matches_nothing", screen(&unmatched, 80, 8));
    insta::assert_snapshot!("nothing_here", screen(&empty, 80, 8));
    insta::assert_snapshot!("not_listed", screen(&unlisted("s3://"), 80, 18));
    insta::assert_snapshot!("not_listed_40x12", screen(&unlisted("s3://b/x/"), 40, 12));
}

#[test]
fn waiting_shows_only_after_a_while() {
    let mut model = model("s3://support-files/");
    let _ = model.pending.ask(Lane::Listing, now());
    let later = |millis| Moment { uptime: now().uptime + Duration::from_millis(millis), ..now() };
    let shown = |millis| screen_of(&model, &theme(), later(millis), 80, 8).lines.join("\n");
    assert!(!shown(100).contains("listing…"));
    assert!(shown(200).contains("listing…"));
    assert_ne!(shown(200), shown(300), "the sign of work turns");
}

#[test]
fn rows_older_than_a_minute_say_so() {
    let model = invoices();
    let later = |seconds| Moment { wall: now().wall + SignedDuration::from_secs(seconds), ..now() };
    let header = |seconds| screen_of(&model, &theme(), later(seconds), 100, 8).lines[0].clone();
    assert!(!header(59).contains("as of"));
    assert!(header(90).ends_with("5 loaded, more · as of 13:05"));
}

#[test]
fn a_failed_head_says_why_and_keeps_what_the_list_knew() {
    let mut model = invoices();
    model.facts.learn_head(report(), Err(forbidden()));
    let screen = screen(&model, 80, 24);
    assert!(screen.contains("2.4 MiB (2,516,582 bytes)"));
    assert!(screen.contains("✗ Type, metadata and version are not known: the credentials may not list"), "{screen}");
}

#[test]
fn the_sheet_of_a_get_link() {
    let tmux = made(Method::Get, Copied::Terminal(Through::Tmux));
    let model = with(invoices(), sheet(Method::Get, tmux));
    insta::assert_snapshot!("get_link_80x24", screen(&model, 80, 24));
    insta::assert_snapshot!("get_link_40x12", screen(&model, 40, 12));
    insta::assert_snapshot!("get_link_120x40", screen(&model, 120, 40));
}

#[test]
fn the_sheet_of_a_put_link_says_what_it_overwrites_and_what_cuts_it_short() {
    let mut made = made(Method::Put, Copied::Tmux);
    made.link.limited_by = LimitedBy::Credentials;
    made.saved = Some("/run/user/1000/daypass/report-Q3.pdf.url".into());
    made.printed_on_exit = true;
    insta::assert_snapshot!("put_link", screen(&with(invoices(), sheet(Method::Put, made)), 80, 24));
}

#[test]
fn an_expired_link_says_so_first() {
    let screen = screen(&with(invoices(), sheet(Method::Put, expired())), 80, 24);
    let lines: Vec<_> = screen.lines().skip_while(|line| !line.contains("PUT link")).skip(1).collect();
    assert!(lines[0].contains("✗ This link has expired"), "{screen}");
    assert!(screen.contains("✗ not copied: no display"), "{screen}");
}

#[test]
fn what_became_of_copying_is_said_as_it_is_known() {
    for (copied, said) in [
        (Copied::Native, "✓ copied to the clipboard"),
        (Copied::Tmux, "→ copied to tmux's buffer and sent to the terminal, which does not confirm"),
        (Copied::Terminal(Through::Nothing), "→ sent to the terminal (OSC 52), which does not confirm"),
        (Copied::Terminal(Through::Tmux), "→ sent to the terminal (OSC 52, through tmux), which does not confirm"),
        (Copied::Terminal(Through::Screen), "→ sent to the terminal (OSC 52, through screen), which does not confirm"),
        (Copied::NotCopied("off in the settings".into()), "✗ not copied: off in the settings"),
    ] {
        let screen = screen(&with(invoices(), sheet(Method::Get, made(Method::Get, copied))), 80, 24);
        assert!(screen.contains(said), "{said}\n{screen}");
    }
}

#[test]
fn the_end_of_a_link_is_told_here_and_in_utc() {
    let model = with(invoices(), sheet(Method::Get, made(Method::Get, Copied::Native)));
    let told = |hours| {
        let zone = TimeZone::fixed(jiff::tz::offset(hours));
        let screen = screen_of(&model, &Theme::new(zone), now(), 80, 24).lines.join("\n");
        screen.lines().find(|line| line.contains("works until")).unwrap().trim_matches(['│', ' ']).to_owned()
    };
    assert_eq!(told(0), "works until  13:20 UTC today (15 min 00 s left)");
    assert_eq!(told(1), "works until  14:20 today (15 min 00 s left) · 13:20 UTC");
    assert_eq!(told(14), "works until  03:20 today (15 min 00 s left) · 13:20 UTC");
    assert_eq!(told(-13), "works until  00:20 today (15 min 00 s left) · 13:20 UTC");
}

#[test]
fn a_sheet_never_shows_the_signature() {
    for (width, height) in [(40, 12), (80, 24), (250, 60)] {
        let model = with(invoices(), sheet(Method::Get, made(Method::Get, Copied::Native)));
        assert!(!screen(&model, width, height).contains("X-Amz-"), "{width}×{height}");
    }
}

#[test]
fn the_lines_of_the_whole_url_joined_are_the_url() {
    let made = made(Method::Get, Copied::Native);
    let url = made.link.url.expose().to_owned();
    let model = with(with(invoices(), sheet(Method::Get, made)), page(Subject::Url));
    for (width, height) in [(20, 60), (80, 24), (120, 40)] {
        let screen = screen_of(&model, &theme(), now(), width, height);
        let (from, many) = (usize::from(screen.measured.page.y), screen.measured.page_lines);
        assert_eq!(screen.lines[from..from + many].concat(), url);
        assert_eq!(screen.measured.page.width, width);
    }
}

#[test]
fn pages_at_the_usual_size() {
    insta::assert_snapshot!("help", screen(&with(invoices(), page(Subject::Help(Scene::Browse))), 80, 24));
    insta::assert_snapshot!("versions", screen(&with_versions(), 80, 14));
    insta::assert_snapshot!("messages", screen(&with(with_error(), page(Subject::Messages)), 80, 12));
    let mut model = with_head(invoices());
    let tag = Tag { key: "team".into(), value: "billing".into() };
    model.facts.learn_tags(report(), Ok(vec![tag]));
    insta::assert_snapshot!("facts", screen(&with(model, page(Subject::Facts(report()))), 80, 30));
}

/// A refusal with a long reason and a remedy, as roles and single sign-on have them.
fn wordy() -> Failure {
    Failure {
        why: "AWS does not let the profile `prod-administrators` take on arn:aws:iam::123456789012:role/administrators: User \
            arn:aws:iam::123456789012:user/ada is not authorized to perform sts:AssumeRole on the resource"
            .into(),
        hint: "whoever manages it has to trust the keys of `ada`".into(),
        ..forbidden()
    }
}

#[test]
fn what_to_do_is_read_on_the_smallest_screens() {
    let mut unlisted = model("s3://archive/");
    unlisted.browse.here.failure = Some(wordy());
    let mut known = buckets();
    known.browse.here.origin = Origin::Memory;
    known.browse.here.failure = Some(wordy());
    let mut noticed = buckets();
    noticed.notices.fail(&wordy(), now());
    let sheet = with(invoices(), failed_sheet(wordy()));
    let models = [
        ("failure_listed", unlisted),
        ("failure_known", known),
        ("failure_noticed", noticed),
        ("failure_on_sheet", sheet),
    ];
    for (name, model) in models {
        for (width, height) in [(40, 12), (80, 24)] {
            let screen = screen(&model, width, height);
            let words: Vec<&str> =
                screen.split(|c: char| c.is_whitespace() || c == '│').filter(|w| !w.is_empty()).collect();
            let words = words.join(" ");
            assert!(words.to_lowercase().contains("has to trust the keys of `ada`"), "{name}\n{screen}");
            if width == 40 {
                insta::assert_snapshot!(format!("{name}_40x12"), screen);
            }
        }
    }
}

#[test]
fn the_device_of_a_code_is_named_in_full_on_the_smallest_screen() {
    let device = "arn:aws:iam::123456789012:mfa/ada.lovelace".into();
    let purpose = Purpose::Code(CodeAsk { device, profile: "prod".into() });
    let screen = screen(&with(invoices(), Layer::Prompt(Prompt::new(purpose, "123"))), 40, 12);
    insta::assert_snapshot!("code_40x12", screen);
    assert!(screen.contains("arn:aws:iam::123456789012:mfa/ada"), "{screen}");
}

#[test]
fn a_message_in_detail_is_broken_between_words() {
    let mut model = invoices();
    model.notices.note_failure(&wordy(), now());
    let message = model.notices.all().next().unwrap().clone();
    insta::assert_snapshot!("message_40x12", screen(&with(model, page(Subject::Message(Box::new(message)))), 40, 12));
}

#[test]
fn help_names_every_command_and_every_key() {
    let model = with(invoices(), page(Subject::Help(Scene::Page)));
    let screen = screen_of(&model, &theme(), now(), 200, 400).lines;
    for &command in Command::ALL {
        let key = model.fixed.keymap.keys(command)[0].to_string();
        let told = |line: &String| line.trim_start().starts_with(&key) && line.ends_with(command.help());
        assert!(screen.iter().any(told), "{command:?}");
    }
    let heading = |scene: Scene| screen.iter().position(|line| line.trim() == scene.title()).unwrap();
    assert!(heading(Scene::Page) < heading(Scene::Browse), "the scene below comes first");
}

#[test]
fn a_page_scrolls_and_says_how_far() {
    let mut model = with(invoices(), page(Subject::Help(Scene::Browse)));
    let lines = screen_of(&model, &theme(), now(), 80, 24).measured.page_lines;
    let Some(Layer::Page(page)) = model.layers.last_mut() else { panic!() };
    page.top = usize::MAX;
    let screen = screen_of(&model, &theme(), now(), 80, 24);
    let height = usize::from(screen.measured.page.height);
    assert!(screen.lines[0].ends_with(&format!("{}–{lines} of {lines}", lines - height + 1)), "{}", screen.lines[0]);
}

#[test]
fn an_error_takes_up_to_three_lines_and_names_the_key_that_shows_all_of_it() {
    insta::assert_snapshot!("error", screen(&with_error(), 80, 14));
    let mut model = with_error();
    model.notices.say(Level::Error, "word ".repeat(100), now());
    let screen = screen_of(&model, &theme(), now(), 40, 14).lines;
    assert!(screen[12].ends_with("… (E shows all)"), "{screen:#?}");
    assert!(!screen[9].contains("word") && screen[10].starts_with(" ✗ word"), "{screen:#?}");
}

#[test]
fn a_name_that_is_there_already_is_said_while_it_is_typed() {
    let remark = |name: &str| screen_of(&with(invoices(), new_key(name)), &theme(), now(), 80, 24).lines[22].clone();
    assert_eq!(remark("report-Q3.pdf"), " ! overwrites report-Q3.pdf (2.4 MiB)");
    assert_eq!(remark("new/"), " ! ends with “/”: a folder marker");
    assert_eq!(remark("new.pdf"), " The name of the new object; a “/” in it makes levels");
    assert_eq!(remark(&"k".repeat(1_024)), " ! the key has 1038 bytes; S3 takes at most 1024");
}

#[test]
fn the_cursor_of_a_prompt_is_where_typing_goes_on() {
    let label = " Upload link for s3://support-files/invoices/2026/";
    for (name, column) in [("", label.len()), ("資料", label.len() + 4), ("a\u{1b}b", label.len() + 3)] {
        let screen = screen_of(&with(invoices(), new_key(name)), &theme(), now(), 80, 24);
        assert_eq!(screen.cursor, Position::new(u16::try_from(column).unwrap(), 21), "{name:?}");
    }
    let long = screen_of(&with(invoices(), new_key(&"資".repeat(300))), &theme(), now(), 80, 24);
    assert!(long.cursor.x < 79 && long.lines[21].contains("…資"), "{}", long.lines[21]);
}

#[test]
fn a_complaint_stands_where_the_remark_was() {
    let mut prompt = Prompt::new(Purpose::GoTo, "a b");
    prompt.complaint = Some("`a b` cannot be a bucket name".into());
    let screen = screen_of(&with(invoices(), Layer::Prompt(prompt)), &theme(), now(), 80, 24).lines;
    assert_eq!(screen[21..], [" Go to: a b", " ✗ `a b` cannot be a bucket name", &screen[23]]);
}

#[test]
fn the_keys_named_are_the_keys_in_force() {
    let mut model = invoices();
    let rows = toml::from_str("[browse]\nshare = ['X']\nhelp = ['f5']").unwrap();
    model.fixed.keymap = Keymap::built_in().with(&rows).unwrap();
    let footer = screen_of(&model, &theme(), now(), 80, 24).lines[23].clone();
    assert!(footer.starts_with(" X share") && footer.ends_with("f5 help"), "{footer}");
}

#[test]
fn ascii_means_ascii_but_for_the_names() {
    let ascii = Theme { glyphs: Glyphs::Ascii, ..theme() };
    let awkward = |model: &Model| model.browse.here.location.to_string() == "s3://odd/";
    for model in all_models().iter().chain([&with_head(invoices())]).filter(|model| !awkward(model)) {
        for (width, height) in [(40, 12), (80, 24), (120, 40)] {
            let text = screen_of(model, &ascii, now(), width, height).lines.join("\n");
            let foreign: String = text.chars().filter(|c| !c.is_ascii()).collect();
            assert!(foreign.chars().all(|c| AWKWARD.concat().contains(c) || "üöß".contains(c)), "{foreign}\n{text}");
        }
    }
    insta::assert_snapshot!("browser_ascii", screen_of(&with_head(invoices()), &ascii, now(), 80, 24).lines.join("\n"));
}

#[test]
fn without_colours_no_cell_has_one() {
    let plain = Theme { colours: Colours::None, times: Times::Absolute, ..theme() };
    for model in all_models() {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal
            .draw(|frame| {
                draw(&model, &plain, now(), frame);
            })
            .unwrap();
        let cells = &terminal.backend().buffer().content;
        assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    }
}

#[test]
fn the_cursor_and_the_marks_are_seen_without_colours() {
    let mut model = invoices();
    model.browse.here.mark(RowId::Object(report().key));
    let plain = Theme { colours: Colours::None, ..theme() };
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal
        .draw(|frame| {
            draw(&model, &plain, now(), frame);
        })
        .unwrap();
    let buffer = terminal.backend().buffer();
    let is_reversed = |x: &u16, y| buffer[(*x, y)].modifier.contains(Modifier::REVERSED);
    let reversed = |y| (0..80).filter(|x| is_reversed(x, y)).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    assert_eq!((2..24).filter(|y| !reversed(*y).is_empty()).collect::<Vec<_>>(), [4]);
    assert!(report().key.as_str().ends_with(&reversed(4)), "{}", reversed(4));
    assert_eq!((buffer[(0, 4)].symbol(), buffer[(1, 4)].symbol()), ("▸", "●"));
}

#[test]
fn a_screen_too_small_says_so_in_full() {
    let said = screen(&invoices(), 18, 4);
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>().join(" "),
        "daypass needs at least 20×6 cells, this is 18×4"
    );
}

#[test]
fn measures_are_of_the_rows_alone() {
    let measured = screen_of(&invoices(), &theme(), now(), 80, 24).measured;
    assert_eq!((measured.list.x, measured.list.y, measured.list.width), (0, 2, 80));
    assert_eq!((measured.screen.width, measured.screen.height), (80, 24));
    assert_eq!(measured.page.height, 0);
    let beside = screen_of(&invoices(), &theme(), now(), 120, 24).measured;
    assert!(beside.list.height == 20 && beside.list.width < 80);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_size_breaks_a_screen(
        which in 0usize..16, width in 0u16..200, height in 0u16..60, top in any::<usize>(), ascii: bool, absolute: bool,
    ) {
        let mut model = all_models().swap_remove(which);
        if let Some(Layer::Page(page)) = model.layers.last_mut() {
            page.top = top;
        }
        let glyphs = if ascii { Glyphs::Ascii } else { Glyphs::Unicode };
        let times = if absolute { Times::Absolute } else { Times::Relative };
        let theme = Theme { glyphs, times, ..theme() };
        let screen = screen_of(&model, &theme, now(), width, height);
        for area in [screen.measured.list, screen.measured.page] {
            prop_assert!(area.x + area.width <= width && area.y + area.height <= height);
        }
        let text = screen.lines.concat();
        prop_assert!(!text.chars().any(char::is_control));
        prop_assert_eq!(&*crate::s3::text::visible(&text), &text);
    }

    #[test]
    fn any_name_can_be_listed(names in prop::collection::vec(any::<String>(), 1..20), width in 20u16..130) {
        let mut model = model("s3://odd/");
        let rows = names.iter().filter(|name| !name.is_empty());
        let rows = rows.map(|name| object(name, 1_536, "2026-11-23T13:04:00Z"));
        model.browse.here.take_page(&listed(rows), More::Nothing, now().wall);
        let screen = screen_of(&model, &theme(), now(), width, 12);
        prop_assert!(!screen.lines.concat().chars().any(char::is_control));
    }
}
