//! From one store to another in a real terminal: two servers of different content, by profiles of the AWS files.

use std::fs;

use secrecy::ExposeSecret;

use crate::store::{BUCKET, Store};
use crate::terminal::{Terminal, USUAL};

/// A profile for each store, which the AWS tools would understand as well.
fn profiles(stores: &[(&str, &Store)]) -> String {
    let profile = |(name, store): &(&str, &Store)| {
        let server = &store.server;
        let (id, secret) = (server.access_key_id(), server.secret_access_key().expose_secret());
        let (endpoint, region) = (server.endpoint(), server.region());
        format!(
            "[profile {name}]\nendpoint_url = {endpoint}\nregion = {region}\naws_access_key_id = {id}\n\
             aws_secret_access_key = {secret}\n"
        )
    };
    stores.iter().map(profile).collect()
}

#[test]
fn another_store_opens_by_a_key_and_the_first_one_is_as_it_was_left() {
    let (north, south) =
        (Store::with(&[("ice/polar-bear.txt", "x"), ("snow.txt", "y")]), Store::with(&[("penguin.txt", "z")]));
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("aws-config");
    fs::write(&config, profiles(&[("north", &north), ("south", &south)])).unwrap();
    let env = [("AWS_CONFIG_FILE", config.to_str().unwrap()), ("AWS_EC2_METADATA_DISABLED", "true")];
    let location = format!("s3://{BUCKET}/");
    let mut terminal = Terminal::start(USUAL, &["--profile", "north", &location, "--clipboard", "osc52"], &env);
    terminal.wait_for("snow.txt");
    terminal.press("l");
    terminal.wait_for("polar-bear.txt");

    terminal.press("P");
    let list = terminal.wait_for("found in");
    assert!(list.contains("north") && list.contains("south") && list.contains("profile (key)"), "{list}");
    terminal.press("/south");
    terminal.press_enter();
    terminal.press_enter();
    terminal.wait_for("south");
    terminal.wait_for(BUCKET);
    terminal.press("l");
    terminal.wait_for("penguin.txt");

    let asked = north.listings();
    terminal.press("P");
    terminal.wait_for("found in");
    terminal.press("/north");
    terminal.press_enter();
    terminal.press_enter();
    let screen = terminal.wait_for("polar-bear.txt");
    assert!(screen.contains("north ▸ papers ▸ ice/"), "{screen}");
    assert_eq!(north.listings(), asked, "nothing is asked again");
    terminal.press("q");
    assert!(terminal.wait_exit().success());

    let remembered = fs::read_to_string(terminal.home().join("state/daypass/stores.json")).unwrap();
    assert!(remembered.contains("south") && remembered.contains("ice/"), "{remembered}");
    for store in [&north, &south] {
        assert!(!remembered.contains(store.server.secret_access_key().expose_secret()), "a secret is remembered");
    }
}
