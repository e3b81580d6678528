//! The settings as a user meets them: a file and variables in, settings or one clear sentence out.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;

use daypass::command::keymap::Keymap;
use daypass::command::list::{Command, Scene};
use daypass::s3::provider;
use daypass::settings::load::{Loaded, Override, SettingsError, fold, keys, variable};
use daypass::settings::types::{BrokenStore, ClipboardChoice, Settings, Store};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../config.example.toml");

fn load(text: &str, variables: &[(&str, &str)], flags: &[Override]) -> Result<Loaded, SettingsError> {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    fold(Path::new("config.toml"), text.as_bytes(), variables, flags.to_vec())
}

/// What is wrong: with all of the settings, else with each of their stores that is broken.
fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
    let broken = match load(text, variables, &[]) {
        Ok(loaded) => loaded.settings.broken_stores,
        Err(error) => return error.to_string(),
    };
    assert!(!broken.is_empty(), "nothing is wrong with {text}");
    broken.iter().map(|store| store.why.as_str()).collect::<Vec<_>>().join("\n    ")
}

/// The example with everything in it taken into use. A setting has no space after its `#`, a remark has one.
fn example_in_use() -> String {
    let in_use = |line: &'static str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line);
    EXAMPLE.lines().flat_map(|line| [in_use(line), "\n"]).collect()
}

#[test]
fn the_example_says_the_defaults() {
    let example = load(EXAMPLE, &[], &[]).unwrap();
    assert_eq!(format!("{:?}", example.settings), format!("{:?}", Settings::default()));
    assert_eq!(example.keymap(), Keymap::built_in());
}

#[test]
fn the_example_has_every_setting() {
    let example: toml::Table = EXAMPLE.parse().unwrap();
    for key in keys() {
        let value =
            key.split('.').try_fold(&toml::Value::Table(example.clone()), |value, part| value.get(part)).cloned();
        assert!(value.is_some(), "{key}");
    }
    let unknown = refusal("[[store]]\nname = 'a'\n'?' = 1", &[]);
    let in_use = example_in_use();
    for setting in unknown.split('`').skip(1).step_by(2) {
        assert!(in_use.contains(&format!("\n{setting} = ")), "[[store]] {setting}");
    }
}

#[test]
fn the_example_has_every_provider() {
    let words: Vec<&str> = EXAMPLE.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for provider in provider::all() {
        assert!(words.contains(&provider.id.as_str()), "{}", provider.id);
    }
}

#[test]
fn every_store_and_key_of_the_example_works_once_taken_into_use() {
    let example = load(&example_in_use(), &[], &[]).unwrap();
    assert_eq!(example.settings.broken_stores, []);
    let names: Vec<_> = example.settings.stores.iter().map(|store| store.name.as_str()).collect();
    assert_eq!(names, ["support", "b2", "b2-from-pass", "r2", "open-data", "minio", "lab", "spaces"]);
    assert_eq!(example.keymap(), Keymap::built_in());
}

#[test]
fn a_file_alone_says_what_it_says_below_a_flag() {
    let changed = "[look]\nascii = true\n[links]\nget_expires_in = '2h'\n[ledger]\nenabled = false\n";
    for text in ["", EXAMPLE, &example_in_use(), changed] {
        let shown = |flags: &[Override]| format!("{:?}", load(text, &[], flags).unwrap().settings);
        assert_eq!(shown(&[]), shown(&[Override::flag("--mouse", "look.mouse", "true")]), "{text}");
    }
}

#[test]
fn the_example_lists_the_built_in_keys() {
    let keymap = Keymap::built_in();
    let mut rows = String::new();
    for scene in Scene::ALL {
        writeln!(rows, "\n# {}.\n#[keys.{}]", scene.title(), scene.name()).unwrap();
        let row = |command: Command| {
            let keys: Vec<String> = keymap.keys(command).iter().map(|key| format!("\"{key}\"")).collect();
            format!("#{} = [{}]", command.name(), keys.join(", "))
        };
        let commands: Vec<Command> = Command::ALL.iter().copied().filter(|command| command.scene() == scene).collect();
        let width = commands.iter().map(|&command| row(command).len()).max().unwrap();
        for command in commands {
            writeln!(rows, "{:<width$} # {}", row(command), command.help()).unwrap();
        }
    }
    assert!(EXAMPLE.ends_with(&rows), "config.example.toml should end with:\n{rows}");
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let file = "clipboard = 'none'\n[links]\nget_expires_in = 3600\n[look]\nmouse = false";
    let variables = [("DAYPASS_CLIPBOARD", "osc52"), ("DAYPASS_LOOK_MOUSE", "true")];
    let flags = [Override::flag("--clipboard", "clipboard", "native")];
    let settings = load(file, &variables, &flags).unwrap().settings;
    assert_eq!(settings.clipboard, ClipboardChoice::Native);
    assert_eq!(settings.links.get_expires_in.to_string(), "1h");
    assert_eq!(settings.links.put_expires_in.to_string(), "15m");
    assert!(settings.look.mouse);
    assert_eq!(load(file, &variables, &[]).unwrap().settings.clipboard, ClipboardChoice::Osc52);
}

#[test]
fn a_message_is_timed_in_the_zone_that_the_settings_name() {
    let zone = |text: &str| load(text, &[], &[]).unwrap().message_zone;
    assert_eq!(zone(""), None);
    let berlin = zone("[message]\ntime_zone = 'Europe/Berlin'").unwrap();
    assert_eq!(berlin.iana_name(), Some("Europe/Berlin"));
}

#[test]
fn every_setting_has_a_variable_of_its_own() {
    let mut variables: Vec<String> = keys().iter().map(|key| variable(key)).collect();
    assert!(variables.contains(&"DAYPASS_LINKS_GET_EXPIRES_IN".to_owned()));
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), keys().len());
}

#[test]
fn variables_of_others_are_left_alone() {
    load("", &[("DAYPASSPORT", "1"), ("AWS_PROFILE", "x"), ("DAYPASS_CONFIG", "/x")], &[]).unwrap();
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_to_write() {
    let files = [
        "clipbord = 'auto'",
        "clipboard = 'osc53'",
        "clipboard = 3",
        "default_store = 'a'",
        "default_store = 'b3'\n[[store]]\nname = 'b2'",
        "[links]\nget_expires_in = 'soon'",
        "[links]\nget_expires_in = '91d'",
        "[links]\nget_expires_in = true",
        "[links]\nput_expires_in = 0",
        "[message]\ntext = 'Here is {file}: {url}'",
        "[message]\nhtml = '<style>p { margin: 0 }</style> {link}'",
        "[message]\ntext = 'Here it is'",
        "[message]\ntime_zone = 'Europe/Berln'",
        "\n\n[browse]\nfacts = 'yes'",
        "[browse]\npage_size = 1001",
        "[browse]\npage_size = 1.5",
        "[browse]\nfacts_delay_ms = -1",
        "[look]\ncolours = 'auto'",
        "[loook]\n",
        "look = 3",
        "[log]\nlevel = 'verbose'",
        "[keys.browse]\nshare = 's'",
        "[keys.browse]\nshare = ['s', 3]",
        "[keys.browse]\nshare = ['strg-s']",
        "[keys.browse]\nshare = ['o']",
        "[keys.brows]\nshare = ['o']",
        "[keys.link]\ncoppy = ['o']",
        "[keys.prompt]\nabandon = []",
        "[keys.prompt]\naccept = ['y']",
        "[[store]]\nendpoint = 'https://x'",
        "[[store]]\nname = ' '",
        "[[store]]\nname = 'a'\n[[store]]\nname = 'a'",
        "[[store]]\nname = 'a'\nprovider = 'backblaze'",
        "[[store]]\nname = 'a'\nprovider = 'b2'",
        "[[store]]\nname = 'a'\nprovider = 'r2'\nregion = 'auto'",
        "[[store]]\nname = 'a'\nendpoint = 'ftp://x'",
        "[[store]]\nname = 'a'\nendpoint = 'http://x'",
        "[[store]]\nname = 'a'\nendpoint = 'https://x/bucket/y'\nstart = 'other'",
        "[[store]]\nname = 'a'\nendpoint = 'https://x/bucket?versioning'",
        "[[store]]\nname = 'a'\naddressing = 'paths'",
        "[[store]]\nname = 'a'\nprofile = 'p'\naccess_key_id = 'i'\nsecret_access_key = 's'",
        "[[store]]\nname = 'a'\nprovider = 'b2'\nregion = 'us-west-004'\nfips = true",
        "[[store]]\nname = 'a'\nendpoint = 'https://x'\ndual_stack = true",
        "[[provider]]\nname = 'x'",
        "[[provider]]\nid = 'x'\nhost = 'x'",
        "[[provider]]\nid = 'x'\nendpoint = 'ftp://x'",
        "[[provider]]\nid = 'x'\n[[provider]]\nid = 'x'",
        "[provider.b2]\nstyle = 'path'",
        "[[store]]\nname = 'a'\naccess_key_id = 'i'",
        "[[store]]\nname = 'a'\nsecret_command = 'pass show x'",
        "[[store]]\nname = 'a'\naccess_key_id = 'i'\nsecret_access_key = 's'\nsecret_command = 'pass show x'",
        "[[store]]\nname = 'a'\naccess_key_id = 'i'\nsecret_command = 'pass \"show x'",
        "[[store]]\nname = 'a'\naccess_key_id = 'i'\nsecret_command = 3",
        "[[store]]\nname = 'a'\nregion = ''",
        "[[store]]\nname = 'a'\nsecret_access_key = 'hidden'",
        "[[store]]\nname = 'a'\nsession_token = 'hidden'",
        "[[store]]\nname = 'a'\nsecret_access_key = 77",
        "[[store]]\nname = 'a'\nsession_token = ['hidden']",
        "[[store]]\nname = 'a'\nsecret_access_key = hidden",
        "[[store]]\nname = 'a'\nstart = 'https://x/y'",
        "[[store]]\nname = 'a'\nname = 'b'",
        "[[store]]\nname = 'a'\nmax_expires_in = 'soon'",
        "[[store]]\nname = 'a'\nrequests = 0",
        "[[store]]\nname = 'a'\nrequests = 257",
        "[[store]]\nname = 'a'\nkey_expires = 'soon'",
        "[[store]]\nname = 'a'\nkey_expires = '2027-01-01T00:00:00Z'",
        "[[store]]\nname = 'a'\npublic_endpoint = 'http://x'",
        "[[store]]\nname = 'a'\nprovider = 'b2'\nregion = 'us-west-004'\ncdn_host = 'cdn.example.com'",
        "[[store]]\nname = 'a'\ncdn_host = 'https://cdn.example.com/x'",
        "store = 'a'",
        "[look\n",
        "ascii",
        "clipboard = \"a\\u001B[2J\"",
    ];
    let mut messages = String::new();
    for text in files {
        writeln!(messages, "{}\n    {}\n", text.trim_start(), refusal(text, &[])).unwrap();
    }
    assert!(!refusal("[[store]]\nname = 'a'\nsecret_access_key = 77", &[]).contains("77"));
    for variable in [
        ("DAYPASS_CLIPBOARD", "tmux"),
        ("DAYPASS_DEFAULT_STORE", "b3"),
        ("DAYPASS_LINKS_PUT_EXPIRES_IN", "soon"),
        ("DAYPASS_MESSAGE_TEXT", "{url} {"),
        ("DAYPASS_MESSAGE_TIME_ZONE", "CET DST"),
        ("DAYPASS_LOOK_MOUSE", "maybe"),
        ("DAYPASS_LOOK_MOUS", "true"),
        ("DAYPASS_BROWSE_PAGE_SIZE", "0"),
        ("DAYPASS_BROWSE_PAGE_SIZE", "many"),
        ("DAYPASS_SECRET", "hidden"),
    ] {
        writeln!(messages, "{}={}\n    {}\n", variable.0, variable.1, refusal("", &[variable])).unwrap();
    }
    insta::assert_snapshot!("invalid", messages);
}

#[test]
fn a_mistake_in_one_store_breaks_that_one_alone() {
    let broken = [
        "name = 'far'\nprovider = 'backblaze'",
        "name = 'far'\nendpoint = 'https://x:99508'",
        "name = 'far'\nprovder = 'b2'",
        "name = 'far'\nsecret_access_key = 77",
        "name = 'far'\nprofile = 'p'\naccess_key_id = 'i'\nsecret_access_key = 's'",
        "name = 'far'\nendpoint = 'http://x'",
        "provider = 'b2'",
        "name = 7",
    ];
    for (text, variables) in
        broken.into_iter().flat_map(|text| [(text, &[][..]), (text, &[("DAYPASS_CLIPBOARD", "none")])])
    {
        let file = format!(
            "[[store]]\nname = 'near'\n[[store]]\n{text}\n[[store]]\nname = 'last'\nprovider = 'wasabi'\nregion = 'eu-central-2'\n"
        );
        let loaded = load(&file, variables, &[]).unwrap();
        let names: Vec<&str> = loaded.settings.store_names().collect();
        let name = if text.contains("'far'") { "far" } else { "on line 3" };
        assert_eq!(names, ["near", "last", name], "{text}");
        let [broken] = loaded.settings.broken_stores.as_slice() else { panic!("{text}") };
        assert!(
            broken.why.starts_with("config.toml:3: store")
                || broken.why.starts_with("config.toml:4: store")
                || broken.why.starts_with("config.toml:5: store"),
            "{}",
            broken.why
        );
        assert_eq!(broken.holds_secret, text.contains("secret"), "{text}");
        let [warning] = loaded.warnings.as_slice() else { panic!("{text}") };
        assert_eq!(warning.to_string(), format!("the store {name} cannot be opened: {}", broken.why));
        assert_eq!(loaded.settings.stores.last().unwrap().provider.unwrap().id, "wasabi");
    }
}

#[test]
fn two_stores_of_one_name_are_both_broken_for_nobody_knows_which_is_meant() {
    let twice = "[[store]]\nname = 'a'\nprovider = 'aws'\n[[store]]\nname = 'b'\n[[store]]\nname = 'a'\n";
    let settings = load(twice, &[], &[]).unwrap().settings;
    assert_eq!(settings.stores.iter().map(|store| store.name.as_str()).collect::<Vec<_>>(), ["b"]);
    let lines: Vec<&str> = settings.broken_stores.iter().map(|store| store.why.as_str()).collect();
    assert_eq!(
        lines,
        [
            "config.toml:2: store.name: there are two stores of the name `a`: rename one",
            "config.toml:7: store.name: there are two stores of the name `a`: rename one"
        ]
    );
}

#[test]
fn presets_of_ones_own_go_before_the_built_in_ones() {
    let text = "[[provider]]\nid = 'b2'\nstyle = 'virtual'\n\
        [[provider]]\nid = 'acme'\nendpoint = 'https://s3.{region}.acme.example'\nhosts = ['s3.*.acme.example']\n\
        [[store]]\nname = 'b2'\nprovider = 'b2'\nregion = 'us-west-004'\n\
        [[store]]\nname = 'acme'\nendpoint = 'https://s3.eu.acme.example/bucket'\n";
    for variables in [&[][..], &[("DAYPASS_CLIPBOARD", "none")]] {
        let settings = load(text, variables, &[]).unwrap().settings;
        let place = |store: &Store| {
            let found = provider::resolve(&store.given()).unwrap();
            format!("{} {} {:?}", found.provider.id, found.address.region, found.address.style)
        };
        assert_eq!(settings.stores.iter().map(place).collect::<Vec<_>>(), ["b2 us-west-004 Virtual", "acme eu Path"]);
    }
}

#[test]
fn a_file_that_is_not_utf8_says_on_which_line() {
    let refused = fold(Path::new("config.toml"), b"clipboard = 'auto'\n# caf\xe9", [], Vec::new()).unwrap_err();
    assert_eq!(refused.to_string(), "config.toml:2: this is not UTF-8 text");
}

proptest! {
    #[test]
    fn any_bytes_are_settings_or_an_error_in_one_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(refused) = fold(Path::new("config.toml"), &bytes, [], Vec::new()) {
            prop_assert!(refused.to_string().starts_with("config.toml"));
            prop_assert_eq!(refused.to_string().lines().count(), 1);
        }
    }

    #[test]
    fn any_values_are_settings_or_an_error_in_one_line(
        line in prop::sample::select(EXAMPLE.lines().collect::<Vec<_>>()),
        value in "\\PC{0,12}|-?[0-9]{1,20}|\\[.{0,5}\\]|'.{0,8}'",
    ) {
        let key = line.trim_start_matches('#').split(" =").next().unwrap_or_default();
        for head in ["", "[links]", "[browse]", "[[store]]\nname = 'a'", "[keys.browse]"] {
            let text = format!("{head}\n{key} = {value}");
            match load(&text, &[], &[]) {
                Ok(loaded) => {
                    let in_one_line = |store: &BrokenStore| store.why.lines().count() == 1;
                    prop_assert!(loaded.settings.broken_stores.iter().all(in_one_line));
                }
                Err(refused) => prop_assert_eq!(refused.to_string().lines().count(), 1),
            }
        }
    }

    #[test]
    fn any_variable_is_a_setting_or_an_error_that_names_it(key in prop::sample::select(keys()), value in any::<String>()) {
        let name = variable(&key);
        if let Err(refused) = load("", &[(&name, &value)], &[]) {
            prop_assert!(refused.to_string().starts_with(&name), "{}", refused);
        }
    }
}
