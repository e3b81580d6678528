//! A bucket of keys that S3 allows and that programs trip over. Each object tells its own key.

use std::time::SystemTime;

use super::{DAY, File, HOUR};
use crate::world::demo::objects::Object;
use crate::world::demo::store::Bucket;

const KEYS: &[&str] = &[
    // What has a meaning in URLs, shells and HTML.
    "punctuation/100%.txt",
    "punctuation/a+b c.txt",
    "punctuation/percent%20twenty.txt",
    "punctuation/hash#tag.txt",
    "punctuation/question?mark=1&more.txt",
    "punctuation/semi;colon,comma.txt",
    "punctuation/quotes '\"`.txt",
    "punctuation/back\\slash.txt",
    "punctuation/<b>&amp;</b>.html",
    "punctuation/[x]{y}(z)|^*!@:~.txt",
    "punctuation/$HOME.txt",
    "punctuation/-rf",
    "spaces/ leading",
    "spaces/trailing ",
    "spaces/two  inside",
    "spaces/   ",
    // Slashes and dots that a URL library wants to tidy.
    "/leading slash.txt",
    "//two leading slashes.txt",
    "slashes//double.txt",
    "slashes///triple.txt",
    "dots/./here.txt",
    "dots/../up.txt",
    "dots/...",
    "./dot first.txt",
    "../up first.txt",
    // A key that is the start of another, and of a prefix.
    "report",
    "report.txt",
    "report/2026.txt",
    "report/2026.txt/appendix.txt",
    // The same to the eye, different to S3.
    "unicode/caf\u{e9} composed.txt",
    "unicode/cafe\u{301} decomposed.txt",
    "unicode/zero\u{200b}width.txt",
    "unicode/\u{feff}byte order mark.txt",
    "unicode/日本語のファイル.txt",
    "unicode/Ελληνικά.txt",
    "unicode/\u{10ffff} last of all.txt",
    "emoji/🦀.txt",
    "emoji/👩‍👩‍👧‍👦 family.txt",
    "emoji/🇸🇪 flag.txt",
    // Right to left, and an override that makes an executable look like a PDF.
    "right-to-left/שלום.txt",
    "right-to-left/مرحبا.txt",
    "right-to-left/invoice\u{202e}fdp.exe",
    "right-to-left/isolate\u{2066}abc\u{2069}.txt",
    // What a terminal would obey.
    "control/escape\u{1b}[31mred.txt",
    "control/title\u{1b}]0;gotcha\u{7}.txt",
    "control/csi\u{9b}31m.txt",
    "control/new\nline.txt",
    "control/carriage\rreturn.txt",
    "control/tab\there.txt",
    "control/backspace\u{8}\u{8}\u{8}.txt",
    "control/delete\u{7f}.txt",
    // Far down.
    "deep/1/2/3/4/5/6/7/8/9/10/11/12/end.txt",
];

/// The bucket as of `now`.
pub(super) fn bucket(now: SystemTime) -> Bucket {
    let mut bucket = Bucket::new(now - 60 * DAY);
    let longest = format!("long/{}.txt", "k".repeat(1_024 - "long/.txt".len()));
    for key in KEYS.iter().copied().chain([longest.as_str()]) {
        let object = Object::of(format!("The key of this object, as Rust writes it: {key:?}\n"));
        File { key: key.to_owned(), object }.typed("text/plain; charset=utf-8").put(&mut bucket, now, 2 * DAY + HOUR);
    }
    // What consoles write to show a folder, and an object without a byte.
    File::new("drafts/", b"").typed("application/x-directory").put(&mut bucket, now, 30 * DAY);
    File::new("drafts/note.txt", b"A draft beside its folder's marker.\n").put(&mut bucket, now, 29 * DAY);
    File::new("empty.bin", b"").typed("application/octet-stream").put(&mut bucket, now, 12 * HOUR);
    bucket
}
