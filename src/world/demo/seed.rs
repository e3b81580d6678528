//! What `--demo` shows: the buckets of a small company that repairs routers, with real files from `assets/demo`.
//!
//! Times are counted back from the start, so that "3 days ago" always looks alive.

mod awkward;
mod events;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use s3s::dto::{CORSRule, Checksum};

use super::objects::Object;
use super::store::{Bucket, Store, Versioning};
use super::writing;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Fills an empty store as of `now`.
pub(super) fn company(store: &Store, now: SystemTime) {
    let buckets = [
        ("analytics", analytics(now)),
        ("awkward-keys", awkward::bucket(now)),
        ("media", media(now)),
        ("releases", releases(now)),
        ("support-files", support_files(now)),
    ];
    store.write().extend(buckets.map(|(name, bucket)| (name.to_owned(), bucket)));
}

/// A file of `assets/demo` under the key that it has there.
macro_rules! asset {
    ($bucket:literal, $key:literal) => {
        File::new($key, include_bytes!(concat!("../../../assets/demo/", $bucket, "/", $key)))
    };
}

fn support_files(now: SystemTime) -> Bucket {
    let mut bucket = Bucket::new(now - 1_500 * DAY);
    let customers = [
        ("4711", "Adler & Söhne GmbH"),
        ("4712", "Brightwater Clinic"),
        ("4715", "Café Olé"),
        ("4720", "Dahlberg Optik AB"),
        ("4721", "Estúdio Nove"),
        ("4733", "Fjord Freight AS"),
        ("4734", "Grün & Partner"),
        ("4740", "Hoshino Design"),
    ];
    let ages = (0..).map(|rank| 100 * DAY - 4 * DAY * rank + HOUR);
    for ((invoice, (number, customer)), age) in invoices().into_iter().zip(customers.into_iter().cycle()).zip(ages) {
        invoice
            .meta("customer", number)
            .meta("customer-name", customer)
            .tag("retention", "10y")
            .with(|object| object.replication = Some("COMPLETED".to_owned()))
            .checked()
            .put(&mut bucket, now, age);
    }
    asset!("support-files", "README.txt").put(&mut bucket, now, 400 * DAY);
    asset!("support-files", "scans/delivery-note-8801.png")
        .meta("scanner", "=?UTF-8?Q?B=C3=BCro_2._Stock?=")
        .tag("project", "moving")
        .tag("reviewed", "no")
        .put(&mut bucket, now, 3 * DAY + 2 * HOUR);
    asset!("support-files", "scans/delivery-note-8802.png")
        .meta("scanner", "Büro 2. Stock")
        .tag("project", "moving")
        .put(&mut bucket, now, 3 * DAY + HOUR);
    asset!("support-files", "scans/delivery-note-8803.png").put(&mut bucket, now, 26 * HOUR);
    asset!("support-files", "exports/customers.csv")
        .with(|object| object.content_disposition = Some("attachment; filename=\"customers.csv\"".to_owned()))
        .put(&mut bucket, now, 7 * HOUR);
    asset!("support-files", "exports/customers-packed.csv")
        .with(|object| object.content_encoding = Some("gzip".to_owned()))
        .put(&mut bucket, now, 7 * HOUR);
    asset!("support-files", "exports/orders-2026-11.json").put(&mut bucket, now, 6 * HOUR);
    asset!("support-files", "exports/ticket-events-2026-11-19.jsonl.gz").class("STANDARD_IA").put(
        &mut bucket,
        now,
        DAY,
    );
    asset!("support-files", "exports/ticket-events-2026-11-20.jsonl").put(&mut bucket, now, 3 * HOUR);
    asset!("support-files", "tickets/4711/ticket.json").meta("state", "open").put(&mut bucket, now, 5 * DAY);
    asset!("support-files", "tickets/4711/conversation.txt").put(&mut bucket, now, 5 * DAY - 3 * HOUR);
    asset!("support-files", "tickets/4711/attachments/uploader.log").put(&mut bucket, now, 5 * DAY - HOUR);
    asset!("support-files", "tickets/4711/attachments/screenshot 2026-11-18 at 09.41.png")
        .meta("uploaded-by", "Åsa Lindqvist")
        .with(|object| {
            object.content_disposition = Some("inline; filename*=UTF-8''Bildschirm%20f%C3%BCr%20Mira.png".to_owned())
        })
        .put(&mut bucket, now, 5 * DAY);
    asset!("support-files", "tickets/4720/ticket.json").meta("state", "closed").put(&mut bucket, now, 11 * DAY);
    asset!("support-files", "reports/report-Q3.pdf")
        .meta("approved-by", "=?UTF-8?B?w4VzYSBMaW5kcXZpc3Q=?=")
        .tag("audience", "board")
        .checked()
        .put(&mut bucket, now, 38 * DAY);
    asset!("support-files", "reports/weekly-2026-46.html")
        .with(|object| object.cache_control = Some("private, max-age=3600".to_owned()))
        .with(|object| object.content_language = Some("en".to_owned()))
        .put(&mut bucket, now, 6 * DAY);
    let removed =
        |age| move |object: &mut Object| object.expiration = Some(removal(now, 30 * DAY - age, "logs-30-days"));
    let logs = [
        (asset!("support-files", "logs/shop-2026-11-17.log.gz"), 4 * DAY),
        (asset!("support-files", "logs/shop-2026-11-18.log.gz"), 3 * DAY),
        (asset!("support-files", "logs/shop-2026-11-19.log.gz"), 2 * DAY),
        (asset!("support-files", "logs/shop-2026-11-20.log"), DAY),
    ];
    for (log, age) in logs {
        log.with(removed(age)).put(&mut bucket, now, age);
    }
    asset!("support-files", "archive/ledger-2019.zip").class("DEEP_ARCHIVE").put(&mut bucket, now, 1_400 * DAY);
    asset!("support-files", "archive/ledger-2020.zip")
        .class("GLACIER")
        .with(|object| {
            let end = http_date(now + 5 * DAY);
            object.restore = Some(format!("ongoing-request=\"false\", expiry-date=\"{end}\""));
        })
        .put(&mut bucket, now, 1_040 * DAY);
    bucket
}

fn invoices() -> [File; 24] {
    [
        asset!("support-files", "invoices/2026/08/INV-2026-1031.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1032.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1033.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1034.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1035.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1036.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1037.pdf"),
        asset!("support-files", "invoices/2026/08/INV-2026-1038.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1039.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1040.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1041.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1042.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1043.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1044.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1045.pdf"),
        asset!("support-files", "invoices/2026/09/INV-2026-1046.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1047.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1048.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1049.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1050.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1051.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1052.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1053.pdf"),
        asset!("support-files", "invoices/2026/10/INV-2026-1054.pdf"),
    ]
}

fn media(now: SystemTime) -> Bucket {
    let mut bucket = Bucket::new(now - 700 * DAY);
    bucket.cors = vec![CORSRule {
        allowed_headers: Some(vec!["range".to_owned()]),
        allowed_methods: vec!["GET".to_owned(), "HEAD".to_owned()],
        allowed_origins: vec!["https://www.lindqvist.example".to_owned(), "http://localhost:*".to_owned()],
        expose_headers: Some(["Content-Range", "Accept-Ranges", "Content-Length", "ETag"].map(str::to_owned).to_vec()),
        id: Some("player".to_owned()),
        max_age_seconds: Some(3_000),
    }];
    let files = [
        asset!("media", "brand/hero.jpg"),
        asset!("media", "brand/logo.png"),
        asset!("media", "brand/logo.svg"),
        asset!("media", "videos/launch/master.m3u8"),
        asset!("media", "videos/launch/144p/index.m3u8"),
        asset!("media", "videos/launch/144p/seg-00000.ts"),
        asset!("media", "videos/launch/144p/seg-00001.ts"),
        asset!("media", "videos/launch/144p/seg-00002.ts"),
        asset!("media", "videos/launch/240p/index.m3u8"),
        asset!("media", "videos/launch/240p/seg-00000.ts"),
        asset!("media", "videos/launch/240p/seg-00001.ts"),
        asset!("media", "videos/launch/240p/seg-00002.ts"),
    ];
    for file in files {
        let cached =
            if file.key.contains("/seg-") { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
        file.with(|object| object.cache_control = Some(cached.to_owned())).put(&mut bucket, now, 19 * DAY);
    }
    bucket
}

fn analytics(now: SystemTime) -> Bucket {
    let mut bucket = Bucket::new(now - 320 * DAY);
    asset!("analytics", "daily/date=2026-11-18/part-00000.zstd.parquet").put(&mut bucket, now, 3 * DAY);
    asset!("analytics", "daily/date=2026-11-19/part-00000.zstd.parquet").put(&mut bucket, now, 2 * DAY);
    asset!("analytics", "daily/date=2026-11-20/part-00000.zstd.parquet").put(&mut bucket, now, DAY);
    asset!("analytics", "queries/slow-answers.sql").put(&mut bucket, now, 90 * DAY);
    asset!("analytics", "schema/event.schema.json").put(&mut bucket, now, 200 * DAY);
    bucket.objects.add_run(Arc::new(events::Events { until: now - HOUR }));
    bucket
}

fn releases(now: SystemTime) -> Bucket {
    let mut bucket = Bucket::new(now - 260 * DAY);
    bucket.versioning = Versioning::Enabled;
    let builds = [
        (
            "uploader/1.4.0/",
            120,
            [
                asset!("releases", "uploader/1.4.0/SHA256SUMS"),
                asset!("releases", "uploader/1.4.0/uploader-1.4.0.tar.gz"),
                asset!("releases", "uploader/1.4.0/uploader-1.4.0.zip"),
            ],
        ),
        (
            "uploader/1.4.1/",
            61,
            [
                asset!("releases", "uploader/1.4.1/SHA256SUMS"),
                asset!("releases", "uploader/1.4.1/uploader-1.4.1.tar.gz"),
                asset!("releases", "uploader/1.4.1/uploader-1.4.1.zip"),
            ],
        ),
        (
            "uploader/1.5.0/",
            9,
            [
                asset!("releases", "uploader/1.5.0/SHA256SUMS"),
                asset!("releases", "uploader/1.5.0/uploader-1.5.0.tar.gz"),
                asset!("releases", "uploader/1.5.0/uploader-1.5.0.zip"),
            ],
        ),
    ];
    let changes: [&[u8]; 3] = [
        include_bytes!("../../../assets/demo/releases/CHANGELOG.1.4.0.md"),
        include_bytes!("../../../assets/demo/releases/CHANGELOG.1.4.1.md"),
        include_bytes!("../../../assets/demo/releases/CHANGELOG.1.5.0.md"),
    ];
    for ((folder, days, files), changes) in builds.into_iter().zip(changes) {
        for file in files {
            file.tag("channel", "stable").checked().put(&mut bucket, now, days * DAY);
        }
        let version = folder.trim_start_matches("uploader/").trim_end_matches('/');
        File::new("CHANGELOG.md", changes).put(&mut bucket, now, days * DAY);
        let latest = format!("{{\"version\":\"{version}\",\"folder\":\"{folder}\"}}\n");
        let latest = File { key: "latest.json".to_owned(), object: Object::of(latest) };
        latest.typed("application/json").put(&mut bucket, now, days * DAY - HOUR);
    }
    // A candidate that was withdrawn: only its versions still tell.
    let withdrawn: &[u8] = include_bytes!("../../../assets/demo/releases/uploader/1.5.0/uploader-1.5.0.zip");
    File::new("uploader/1.5.0-rc1/uploader-1.5.0-rc1.zip", withdrawn).tag("channel", "candidate").put(
        &mut bucket,
        now,
        16 * DAY,
    );
    bucket.delete("uploader/1.5.0-rc1/uploader-1.5.0-rc1.zip", now - 9 * DAY);
    bucket
}

/// An object on its way into a bucket.
struct File {
    key: String,
    object: Object,
}

impl File {
    fn new(key: &str, body: &'static [u8]) -> Self {
        let content_type = content_type(key).map(str::to_owned);
        Self { key: key.to_owned(), object: Object { content_type, ..Object::of(Bytes::from_static(body)) } }
    }

    fn with(mut self, change: impl FnOnce(&mut Object)) -> Self {
        change(&mut self.object);
        self
    }

    fn typed(self, content_type: &str) -> Self {
        self.with(|object| object.content_type = Some(content_type.to_owned()))
    }

    fn class(self, class: &str) -> Self {
        self.with(|object| object.storage_class = Some(class.to_owned()))
    }

    fn meta(self, name: &str, value: &str) -> Self {
        self.with(|object| drop(object.metadata.insert(name.to_owned(), value.to_owned())))
    }

    fn tag(self, name: &str, value: &str) -> Self {
        self.with(|object| drop(object.tags.insert(name.to_owned(), value.to_owned())))
    }

    /// With a SHA-256 checksum, as if the upload had promised one.
    fn checked(self) -> Self {
        let wanted = Checksum { checksum_sha256: Some(String::new()), ..Checksum::default() };
        self.with(|object| object.checksum = Some(writing::checksum(&object.body, &wanted)))
    }

    fn put(self, bucket: &mut Bucket, now: SystemTime, age: Duration) {
        bucket.put(&self.key, self.object, now - age);
    }
}

fn content_type(key: &str) -> Option<&'static str> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let extension = name.rsplit_once('.').map_or(name, |(_, extension)| extension);
    Some(match extension {
        "csv" => "text/csv; charset=utf-8",
        "gz" => "application/gzip",
        "html" => "text/html; charset=utf-8",
        "jpg" => "image/jpeg",
        "json" => "application/json",
        "jsonl" => "application/x-ndjson",
        "SHA256SUMS" | "log" | "sql" | "txt" => "text/plain; charset=utf-8",
        "m3u8" => "application/vnd.apple.mpegurl",
        "md" => "text/markdown; charset=utf-8",
        "parquet" => "application/vnd.apache.parquet",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "ts" => "video/mp2t",
        "zip" => "application/zip",
        _ => return None,
    })
}

/// `x-amz-expiration`: when a lifecycle rule removes what was written so that `left` of its life is left.
fn removal(now: SystemTime, left: Duration, rule: &str) -> String {
    format!("expiry-date=\"{}\", rule-id=\"{rule}\"", http_date(now + left))
}

fn http_date(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
