//! What a session leaves behind for whoever looks at the machine later: the file that was asked for, and nowhere a secret.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use crate::link::last_copied;
use crate::store::{BUCKET, Store, use_link};
use crate::terminal::{Terminal, USUAL};

const NOWHERE: [&str; 0] = [];

const TOKEN: &str = "FwoGZXIvYXdzEExampleSessionTokenOfTemporaryCredentials";

#[test]
fn a_full_session_leaves_no_secret_behind() {
    let store = Store::with(&[("in/one.txt", "1"), ("report.pdf", "the bytes of the report")]);
    let mut visit = Visit::begin(&store, "mars-north-1", &[]);
    visit.see("report.pdf"); // in spite of the wrong region
    visit.terminal.press("j");
    visit.see("23 B");

    visit.terminal.press("s");
    let download = visit.link();
    assert_eq!(use_link("GET", &download, ""), (200, "the bytes of the report".to_owned()));
    visit.terminal.press("w");
    visit.see("written to");
    visit.close_sheet();
    let upload = visit.upload_link("new.bin");
    visit.close_sheet();
    visit.fail("s3://no-such-bucket/", "no-such-bucket");
    let left = visit.end();

    let file = left.link_file();
    assert_eq!(left.places_of(signature(&download)), std::slice::from_ref(&file));
    assert_eq!(left.places_of(store.server.access_key_id()), [file]);
    assert_eq!(left.places_of(signature(&upload)), NOWHERE);
    assert_eq!(left.places_of(store.server.secret_access_key().expose_secret()), NOWHERE);
}

/// The store knows neither a session nor this secret, so every answer is a refusal; links are made all the same.
#[test]
fn a_session_whose_keys_are_refused_leaves_no_secret_behind() {
    let wrong_secret = "wJalrXUtnFEMISECRETOFANOTHERKEYEXAMPLE";
    for (variable, secret) in [("AWS_SESSION_TOKEN", TOKEN), ("AWS_SECRET_ACCESS_KEY", wrong_secret)] {
        let store = Store::with(&[("report.pdf", "the bytes of the report")]);
        let mut visit = Visit::begin(&store, store.server.region(), &[(variable, secret)]);
        visit.see("Cannot list");
        let upload = visit.upload_link("new.bin");
        visit.terminal.press("w");
        visit.see("written to");
        visit.close_sheet();
        visit.fail("s3://no-such-bucket/", "no-such-bucket");
        let left = visit.end();

        let file = left.link_file();
        assert_eq!(left.places_of(signature(&upload)), std::slice::from_ref(&file));
        let in_the_link = if variable == "AWS_SESSION_TOKEN" { vec![file] } else { Vec::new() };
        assert_eq!(left.places_of(secret), in_the_link);
        assert_eq!(left.places_of(store.server.secret_access_key().expose_secret()), NOWHERE);
    }
}

/// daypass at work, with a log that misses nothing, and every screen that was seen.
struct Visit {
    terminal: Terminal,
    screens: Vec<String>,
    /// What was copied last.
    copied: Option<String>,
}

/// What is there after the end.
struct Left {
    terminal: Terminal,
    screens: Vec<String>,
}

impl Visit {
    fn begin(store: &Store, region: &str, env: &[(&str, &str)]) -> Self {
        let endpoint = store.server.endpoint().to_string();
        let location = format!("s3://{BUCKET}/");
        let args = [&location, "--endpoint-url", &endpoint, "--clipboard", "osc52", "--log", "daypass.log"];
        let own = [
            ("AWS_ACCESS_KEY_ID", store.server.access_key_id()),
            ("AWS_SECRET_ACCESS_KEY", store.server.secret_access_key().expose_secret()),
            ("AWS_REGION", region),
            ("DAYPASS_LOG_LEVEL", "trace"),
        ];
        Self { terminal: Terminal::start(USUAL, &args, &[&own, env].concat()), screens: Vec::new(), copied: None }
    }

    fn see(&mut self, text: &str) {
        self.screens.push(self.terminal.wait_for(text));
    }

    fn link(&mut self) -> String {
        self.see("works until");
        let is_new = |bytes: &[u8]| last_copied(bytes).is_some_and(|url| Some(url) != self.copied);
        self.terminal.wait_until("new link on the clipboard", |_, bytes| is_new(bytes));
        self.copied = last_copied(&self.terminal.bytes());
        self.copied.clone().unwrap()
    }

    fn upload_link(&mut self, name: &str) -> String {
        self.terminal.press("u");
        self.see("Upload link");
        self.terminal.press("\u{15}"); // ^U erases the line
        self.terminal.press(name);
        self.terminal.press_enter();
        self.link()
    }

    fn close_sheet(&mut self) {
        self.terminal.press("\u{1b}");
        self.screens.push(self.terminal.wait_gone("works until"));
    }

    /// Goes where nothing is, and reads what was said of it.
    fn fail(&mut self, location: &str, told: &str) {
        self.terminal.press(":");
        self.see("Go to");
        self.terminal.press("\u{15}");
        self.terminal.press(location);
        self.terminal.press_enter();
        self.see(&format!("Cannot list {location}"));
        self.terminal.press("E");
        self.see("Messages");
        self.see(told);
        self.terminal.press("\u{1b}");
        self.screens.push(self.terminal.wait_gone("Messages"));
    }

    fn end(mut self) -> Left {
        self.terminal.press("q");
        assert!(self.terminal.wait_exit().success());
        Left { terminal: self.terminal, screens: self.screens }
    }
}

impl Left {
    /// Every file in the home, and `screen`, that hold a text. What went to the clipboard is not on the screen.
    fn places_of(&self, text: &str) -> Vec<String> {
        let home = self.terminal.home();
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        let files = files_below(home).into_iter().filter(|file| holds(&fs::read(file).unwrap()));
        let mut places: Vec<String> =
            files.map(|file| file.strip_prefix(home).unwrap().display().to_string()).collect();
        if holds(&self.terminal.bytes()) || self.screens.iter().any(|screen| holds(screen.as_bytes())) {
            places.push("screen".into());
        }
        places
    }

    /// The one file with a link, beside a log that has something to say.
    fn link_file(&self) -> String {
        assert!(fs::read_to_string(self.terminal.home().join("daypass.log")).unwrap().contains("the screen is taken"));
        let [file] = self.places_of("X-Amz-Signature=").try_into().unwrap();
        file
    }
}

fn signature(url: &str) -> &str {
    url.rsplit_once("X-Amz-Signature=").unwrap().1
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
