//! Keys that a wrong encoding, a helpful client or a path on a disk would change; and which stores cannot hold them.

use crate::server::Server;

pub(crate) fn awkward_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "plain.txt",
        "with spaces and  two.txt",
        " space at both ends ",
        "a+b%c#d?e&f=g~h.txt",
        "100%25 already encoded%2F.txt",
        "quotes ' \" `.txt",
        "shell $HOME $(id) ; | > * !.txt",
        "brackets []{}()<>^,:@\\.txt",
        "control\u{7}\tcharacters\u{1b}[31m.txt",
        "levels/in/a/row.txt",
        "two//slashes.txt",
        "/slash first.txt",
        "dots/../up.txt",
        "dot/./here.txt",
        "composed-\u{e9}.txt",
        "decomposed-e\u{301}.txt",
        "日本語/ключ.txt",
        "🧾 receipt 👩\u{200d}👩\u{200d}👧.txt",
        "עברית \u{202e}שלום.txt",
        "x-amz-meta-a=b&X-Amz-Signature=0.txt",
    ]
    .map(str::to_owned)
    .into();
    keys.push(format!("long/{}.txt", "a-level-of-25-characters/".repeat(41).get(..1_015).unwrap()));
    assert_eq!(keys.last().map(String::len), Some(1_024));
    keys
}

/// Why a store cannot hold a key at all, whoever asks.
pub(crate) fn own_limit(server: &Server, key: &str) -> Option<&'static str> {
    let is_no_path = key.split('/').any(|level| matches!(level, "" | "." | ".."));
    (server.name == "rclone" && is_no_path)
        .then_some("rclone's keys are paths, and a path has no empty level, `.` or `..`")
}

/// Whether a store can build the object from parts: Swift answers with the key in XML, which has no control characters,
/// and keeps each part under a name longer than the key.
pub(crate) fn takes_parts(server: &Server, key: &str) -> bool {
    server.name != "swift" || !key.chars().any(char::is_control) && key.len() < 900
}
