//! From a key press to the bytes: the link that reaches the terminal's clipboard works for whoever has it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::store::{BUCKET, Store, use_link};
use crate::terminal::{Terminal, USUAL};

/// The text that the program sent to the terminal's clipboard (OSC 52), once it is there whole.
fn copied(terminal: &Terminal) -> String {
    terminal.wait_until("OSC 52 sequence", |_, bytes| last_copied(bytes).is_some());
    last_copied(&terminal.bytes()).unwrap()
}

/// The text that was sent to the clipboard last among these bytes.
pub(crate) fn last_copied(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (_, from) = text.rsplit_once("\x1b]52;c;")?;
    let (payload, _) = from.split_once(['\x07', '\x1b'])?;
    String::from_utf8(BASE64_STANDARD.decode(payload).ok()?).ok()
}

#[test]
fn s_copies_a_link_that_fetches_the_object() {
    let store = Store::with(&[("report Q3+é.pdf", "the bytes of the report")]);
    let mut terminal = store.browse(USUAL, "", &[]);
    terminal.wait_for("report Q3+é.pdf");
    assert_eq!(last_copied(&terminal.bytes()), None, "something was copied before a key asked for it");

    terminal.press("s");
    let url = copied(&terminal);
    terminal.wait_for("works until");
    assert_eq!(use_link("GET", &url, ""), (200, "the bytes of the report".to_owned()));
    assert_eq!(use_link("PUT", &url, "other bytes").0, 403);
}

#[test]
fn u_copies_a_link_that_uploads_a_new_object() {
    let store = Store::with(&[("in/one.txt", "1")]);
    let mut terminal = store.browse(USUAL, "", &[]);
    terminal.wait_for("▸  in/");
    terminal.press("u");
    terminal.wait_for("Upload link");
    terminal.press("a new one.txt");
    terminal.press_enter();

    let url = copied(&terminal);
    assert!(url.contains(&format!("{BUCKET}/in/a%20new%20one.txt?")), "another key is signed");
    assert_eq!(use_link("GET", &url, "").0, 403);
    assert_eq!(use_link("PUT", &url, "uploaded").0, 200);

    terminal.wait_for("works until");
    terminal.press("\x1b");
    terminal.wait_gone("works until");
    terminal.press("l");
    terminal.wait_for("a new one.txt");
    terminal.wait_for("8 B");
}

#[test]
fn an_upload_link_to_a_bucket_that_was_not_opened_is_signed_for_its_region() {
    let store = Store::with(&[]);
    store.server.add_bucket(BUCKET);
    store.server.set_region(BUCKET, "us-west-2");
    let mut terminal = store.browse_buckets(USUAL);
    terminal.wait_for(BUCKET);
    terminal.press("u");
    terminal.wait_for("Upload link");
    terminal.press("new.txt");
    terminal.press_enter();
    let url = copied(&terminal);
    assert!(url.contains("%2Fus-west-2%2Fs3"), "another region is signed");
    assert_eq!(use_link("PUT", &url, "uploaded").0, 200);
    terminal.wait_for("works until");
}

#[test]
fn looking_around_signs_nothing() {
    let store = Store::with(&[("a.txt", "1"), ("b.txt", "2"), ("in/c.txt", "3")]);
    let mut terminal = store.browse(USUAL, "", &[]);
    terminal.wait_for("b.txt");
    terminal.press("jjkG");
    terminal.press("/b\r");
    terminal.wait_gone("a.txt");
    terminal.press("\x1b");
    terminal.wait_for("a.txt");
    terminal.press("q");
    assert!(terminal.wait_exit().success());

    let everything = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!everything.contains("X-Amz-Signature") && last_copied(everything.as_bytes()).is_none());
    let signed_urls =
        store.server.requests().iter().filter(|r| r.query_names.iter().any(|n| n == "X-Amz-Signature")).count();
    assert_eq!(signed_urls, 0);
}
