//! Stores that are added in a terminal: what is asked, that a secret is never shown, and what is written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use crate::store::{BUCKET, Store};
use crate::terminal::{Terminal, USUAL};

const SETTINGS: &str = "config/daypass/config.toml";

/// Answers all questions up to the name; the secret is typed wrong first, and taken back.
fn answer(terminal: &mut Terminal, store: &Store) {
    let mut reply = |question: &str, answer: &str| {
        terminal.wait_for(question);
        terminal.press(answer);
        terminal.press_enter();
    };
    reply("Where is the store? Its URL, or the provider: ", &store.server.endpoint().to_string());
    reply("Access key id: ", store.server.access_key_id());
    reply("Secret key (not shown): ", &format!("wrong\u{15}{}", store.server.secret_access_key().expose_secret()));
    terminal.wait_for("It works: the key sees 1 bucket");
}

#[test]
fn a_store_is_added_without_its_secret_being_shown_and_for_its_owner_alone() {
    let store = Store::with(&[("report.pdf", "x")]);
    let mut terminal = Terminal::start(USUAL, &["store", "add"], &[]);
    let file = terminal.home().join(SETTINGS);
    let own = "# mine\n[look]\nmouse = false # for selecting";
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, own).unwrap();
    answer(&mut terminal, &store);
    terminal.wait_for("Name [127.0.0.1]: ");
    terminal.press("files\r");
    terminal.wait_for("has the store files now. Open it with: daypass");
    assert!(terminal.wait_exit().success());

    let secret = store.server.secret_access_key().expose_secret();
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains(secret));
    assert_eq!(terminal.left_on(), Vec::<&str>::new());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (endpoint, id) = (store.server.endpoint(), store.server.access_key_id());
    let expected = format!(
        "{own}\n\n[[store]]\nname = \"files\"\nendpoint = \"{endpoint}\"\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"\n"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
}

#[test]
fn a_wrong_key_is_told_and_nothing_is_written() {
    let store = Store::with(&[]);
    let endpoint = store.server.endpoint().to_string();
    let mut terminal =
        Terminal::start(USUAL, &["store", "add", "--endpoint-url", &endpoint, "--access-key-id", "AKIAWRONG"], &[]);
    terminal.wait_for("Secret key (not shown): ");
    terminal.press("wrong\r");
    terminal.wait_for("a: type the key again, w: write it all the same, Enter: stop: ");
    assert!(terminal.screen().contains("cannot list"), "{}", terminal.screen());
    terminal.press_enter();
    terminal.wait_for("nothing was written");
    assert_eq!(terminal.wait_exit().exit_code(), 1);
    assert!(!terminal.home().join(SETTINGS).exists());
}

#[test]
fn the_first_run_is_a_form_that_opens_the_store_it_adds_and_shows_no_secret() {
    let store = Store::with(&[("report.pdf", "x")]);
    let mut terminal = Terminal::start(USUAL, &[] as &[&str], &[]);
    let screen = terminal.wait_for("Add a store");
    assert!(screen.contains("No store is known yet") && screen.contains("daypass --demo"), "{screen}");
    let secret = store.server.secret_access_key().expose_secret();
    terminal.press(&format!("{}\r", store.server.endpoint()));
    terminal.wait_for("▸ key id");
    terminal.press(&format!("{}\r", store.server.access_key_id()));
    terminal.wait_for("▸ secret key");
    terminal.press("wrong\r");
    terminal.wait_for("computes another signature");
    terminal.press(&format!("\u{15}{secret}\r"));
    terminal.wait_for(BUCKET);
    terminal.press("q");
    assert!(terminal.wait_exit().success());
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains(secret));
    let file = terminal.home().join(SETTINGS);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("name = \"127.0.0.1\"") && text.contains(secret), "{text}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn esc_and_control_c_leave_the_first_run_and_nothing_is_written() {
    for key in ["\u{1b}", "\u{3}"] {
        let mut terminal = Terminal::start(USUAL, &[] as &[&str], &[]);
        terminal.wait_for("Add a store");
        terminal.press("https://x.example\r");
        terminal.wait_for("▸ key id");
        terminal.press(key);
        assert!(terminal.wait_exit().success());
        assert_eq!(terminal.left_on(), Vec::<&str>::new());
        assert!(!terminal.home().join(SETTINGS).exists());
    }
}

#[test]
fn an_endpoint_is_asked_for_until_it_is_one_and_a_key_of_another_cluster_is_told_before_it_is_tried() {
    // Nobody is asked for real.
    let mut terminal = Terminal::start(USUAL, &["store", "add"], &[("HTTPS_PROXY", "http://127.0.0.1:9")]);
    terminal.wait_for("Where is the store?");
    terminal.press_enter();
    let screen = terminal.wait_for("write the URL of the store, or the provider");
    assert!(!screen.contains("``"), "{screen}");
    terminal.press("http://nas:99508\r");
    terminal.wait_for("ports go from 1 to 65535");
    terminal.press(" \"https://s3.us-west-004.backblazeb2.com/papers\" \r");
    terminal.wait_for("Access key id: ");
    terminal.press("00512ab34cd56ef0000000001\r");
    terminal.wait_for("Secret key (not shown): ");
    terminal.press("K005abcdefghijklmnopqrstuvwxyz1\r");
    terminal.wait_for("it belongs to Backblaze's cluster 005");
    terminal.wait_for("a: type the key again");
}

#[test]
fn control_c_leaves_the_questions_with_the_terminal_as_it_was() {
    let mut terminal = Terminal::start(USUAL, &["store", "add"], &[]);
    terminal.wait_for("Where is the store?");
    terminal.press("aws\r");
    terminal.wait_for("Access key id (Enter: ");
    terminal.press("AKIA\r");
    terminal.wait_for("Secret key (not shown): ");
    terminal.press_control('c');
    assert_eq!(terminal.wait_exit().exit_code(), 1);
    assert_eq!(terminal.left_on(), Vec::<&str>::new());
    assert!(!terminal.home().join(SETTINGS).exists());
}
