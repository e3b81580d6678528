//! The command line as a shell meets it: the real binary, its output and its exit codes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// daypass in a home of its own, deaf to the variables of whoever runs the tests.
struct Shell {
    home: TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    fn with_settings(text: &str) -> Self {
        let shell = Self::new();
        let directory = shell.home.path().join(".config/daypass");
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join("config.toml");
        std::fs::write(&file, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        shell
    }

    fn daypass(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daypass"));
        command.env_clear().env("HOME", self.home.path()).args(line.split_whitespace()).stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.daypass(line).output().unwrap()
    }

    fn prints(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code and what is on standard error; nothing may be on standard output.
    fn fails(&self, line: &str) -> (Option<i32>, String) {
        let output = self.run(line);
        assert!(output.stdout.is_empty(), "{line}");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn help_says_how_to_start_and_what_the_exit_codes_mean() {
    let help = Shell::new().prints("--help");
    for part in ["daypass --demo", "--endpoint-url <URL>", "DAYPASS_CONFIG", "Exit codes:\n  0 "] {
        assert!(help.contains(part), "{part} is not in\n{help}");
    }
    let widest = help.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest} columns");
}

#[test]
fn version_names_the_program() {
    assert_eq!(Shell::new().prints("--version"), format!("daypass {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_come_for_every_shell() {
    let shell = Shell::new();
    for (name, sign) in [
        ("bash", "complete -F _daypass"),
        ("zsh", "#compdef daypass"),
        ("fish", "complete -c daypass"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = shell.prints(&format!("completions {name}"));
        assert!(script.contains(sign) && script.contains("endpoint-url"), "{name}");
    }
}

#[test]
fn bash_completes_the_names_of_stores_and_profiles_as_they_are_written() {
    let shell = Shell::with_settings(
        "[[store]]\nname = 'my files'\nendpoint = 'http://127.0.0.1:9000'\n[[store]]\nname = '$(touch pwned)'\n\
         [[store]]\nname = 'mine'\nprovider = 'nobody'\n",
    );
    std::fs::create_dir(shell.home.path().join(".aws")).unwrap();
    std::fs::write(shell.home.path().join(".aws/config"), "[profile ops]\nregion = eu-west-1\n").unwrap();
    assert_eq!(shell.prints("store list --names profiles"), "ops\n");
    let script = shell.home.path().join("completions.bash");
    let completions = "complete() { :; }\n".to_owned() + &shell.prints("completions bash");
    std::fs::write(&script, completions).unwrap();
    let completed = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let asked = format!(
            "cd {home}; daypass() {{ {binary} \"$@\"; }}; . {script}; COMP_WORDS=({words}); COMP_CWORD={at}; \
             _daypass daypass \"{cur}\" {prev}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            home = shell.home.path().display(),
            binary = env!("CARGO_BIN_EXE_daypass"),
            script = script.display(),
            words = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            at = words.len() - 1,
            cur = words[words.len() - 1],
            prev = words[words.len() - 2],
        );
        let mut bash = Command::new("bash");
        bash.env_clear().env("HOME", shell.home.path()).env("PATH", "/usr/bin:/bin").args(["-c", &asked]);
        let output = bash.output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(completed("daypass --store m"), "my\\ files\nmine\n", "a broken one, too");
    assert_eq!(completed("daypass ls --profile "), "ops\n");
    assert!(completed("daypass presign --store $").contains("pwned"), "as it is written");
    assert!(!shell.home.path().join("pwned").exists(), "and nothing of it is run");
}

#[test]
fn the_man_page_has_commands_keys_environment_and_exit_status() {
    let page = Shell::new().prints("man");
    assert!(page.contains(".TH daypass 1"));
    for section in ["COMMANDS", "KEYS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES"] {
        assert!(page.contains(&format!(".SH \"{section}\"\n")), "{section}");
    }
    for part in
        ["daypass demo\\-server", "\\fBs\\fR\nMake a presigned GET link", "--port <N>".replace('-', "\\-").as_str()]
    {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn the_example_is_settings_that_work() {
    let shell = Shell::with_settings(&Shell::new().prints("config example"));
    let (code, message) = shell.fails("--store nobody");
    assert_eq!(code, Some(1));
    assert_eq!(message, "daypass: --store: there is no store `nobody`: the settings have no [[store]] yet\n");
}

#[test]
fn the_settings_are_where_xdg_says() {
    let shell = Shell::new();
    let home = shell.home.path().display();
    assert_eq!(shell.prints("config path"), format!("{home}/.config/daypass/config.toml\n"));
    let moved = shell.daypass("config path").env("XDG_CONFIG_HOME", "/elsewhere").output().unwrap();
    assert_eq!(String::from_utf8(moved.stdout).unwrap(), "/elsewhere/daypass/config.toml\n");
}

#[test]
fn every_store_is_shown_with_where_it_was_found() {
    let shell = Shell::with_settings(
        "[[store]]\nname = 'files'\nendpoint = 'http://127.0.0.1:9000'\naccess_key_id = 'id'\nsecret_access_key = 'hidden'\nstart = 'b/x'\n\
         [[store]]\nname = 'cold'\nprovider = 'wasabi'\nregion = 'eu-central-2'\nprofile = 'ops'\n",
    );
    std::fs::create_dir(shell.home.path().join(".aws")).unwrap();
    let config = "[default]\nregion = eu-west-1\nsso_session = corp\n[profile ops]\nrole_arn = arn:aws:iam::1:role/x\n\
        source_profile = default\n[profile b2]\nservices = b2\n\
        [services b2]\ns3 =\n  endpoint_url = https://s3.us-west-004.backblazeb2.com\n";
    std::fs::write(shell.home.path().join(".aws/config"), config).unwrap();
    std::fs::write(shell.home.path().join(".aws/credentials"), "[b2]\naws_access_key_id=i\naws_secret_access_key=s\n")
        .unwrap();
    let listed = |line: &str, variables: &[(&str, &str)]| {
        let output = shell.daypass(line).envs(variables.iter().copied()).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let of_files = [
        "files S3 http://127.0.0.1:9000 us-east-1 config.toml",
        "cold Wasabi https://s3.eu-central-2.wasabisys.com eu-central-2 config.toml",
        "b2 Backblaze B2 https://s3.us-west-004.backblazeb2.com us-west-004 profile (key)",
        "* default Amazon S3 https://s3.eu-west-1.amazonaws.com eu-west-1 profile (single sign-on)",
        "ops Amazon S3 https://s3.eu-west-1.amazonaws.com eu-west-1 profile (role)",
    ];
    assert_eq!(listed("store list", &[])[1..6], of_files);
    let key = [("B2_KEY_ID", "00512ab34cd56ef0000000001"), ("B2_KEY", "hidden")];
    let of_variables = listed("store list", &key);
    assert_eq!(
        of_variables[3],
        "* b2 Backblaze B2 https://s3.us-east-005.backblazeb2.com us-east-005 B2_KEY_ID, B2_KEY"
    );
    assert_eq!(
        listed("store list --profile ops", &[])[1],
        "* ops Amazon S3 https://s3.eu-west-1.amazonaws.com eu-west-1 flags"
    );
    let json = listed("store list --json", &key);
    assert_eq!(json.len(), 6);
    assert!(!json.concat().contains("hidden"), "{json:?}");
    let first: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
    let expected = serde_json::json!({
        "name": "files", "from": "settings", "opens": false, "provider": "custom", "endpoint": "http://127.0.0.1:9000",
        "region": "us-east-1", "start": "s3://b/x",
    });
    assert_eq!(first, expected);
}

#[test]
fn a_broken_store_is_told_with_its_line_and_the_others_work() {
    let shell = Shell::with_settings(
        "default_store = 'files'\n[[store]]\nname = 'far'\nprovider = 'backblase'\n\
         [[store]]\nname = 'files'\nendpoint = 'http://127.0.0.1:9000'\naccess_key_id = 'id'\nsecret_access_key = 'hidden'\n",
    );
    let file = shell.home.path().join(".config/daypass/config.toml");
    let why = format!("{}:4: store.provider: `backblase` is not a provider: write `aws`", file.display());
    let output = shell.run("presign s3://papers/x");
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && out.starts_with("http://127.0.0.1:9000/papers/x?"), "{out}{err}");
    assert!(err.starts_with(&format!("daypass: the store far cannot be opened: {why}")), "{err}");

    let table = shell.prints("store list");
    assert!(table.contains("* files") && table.contains("  far") && table.contains("* opens where"), "{table}");
    assert!(table.contains(&format!("\nfar: {why}")), "{table}");
    let json = shell.prints("store list --json");
    let rows: Vec<serde_json::Value> = json.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(
        (&rows[1]["name"], &rows[1]["from"], &rows[1]["opens"]),
        (&"far".into(), &"settings".into(), &false.into())
    );
    assert!(rows[1]["error"].as_str().unwrap().starts_with(&why), "{json}");

    for line in ["ls --store far", "presign --store far s3://papers/x", "doctor --store far", "--store far"] {
        let (code, said) = shell.fails(line);
        assert_eq!(code, Some(1), "{line}: {said}");
        assert!(said.starts_with(&format!("daypass: the store far cannot be opened: {why}")), "{line}: {said}");
        assert!(said.ends_with("until it is put right, --store NAME opens another one\n"), "{line}: {said}");
    }
    let report = shell.run("doctor --json");
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let finding = report["findings"].as_array().unwrap().iter().find(|finding| finding["looked_at"] == "store far");
    assert!(finding.unwrap()["evidence"].as_str().unwrap().contains(&why), "{report}");
}

#[test]
fn a_store_that_is_not_secure_is_marked_in_the_list() {
    let shell = Shell::with_settings(
        "[[store]]\nname = 'lan'\nendpoint = 'http://lan.example:9000'\nallow_http = true\n\
         [[store]]\nname = 'own'\nendpoint = 'https://own.example'\ninsecure_tls = true\n\
         [[store]]\nname = 'here'\nendpoint = 'http://127.0.0.1:9000'\n",
    );
    let table = shell.prints("store list");
    assert!(table.contains("http://lan.example:9000 (plain HTTP)"), "{table}");
    assert!(table.contains("https://own.example (TLS unverified)"), "{table}");
    let json = shell.prints("store list --json");
    let rows = json.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
    let marks: Vec<_> = rows.map(|row| row["insecure"].as_str().map(str::to_owned)).collect();
    assert_eq!(marks, [Some("plain HTTP".to_owned()), Some("TLS unverified".to_owned()), None]);
}

#[test]
fn the_variables_for_other_endpoints_of_amazons_mean_what_they_mean_elsewhere() {
    let shell = Shell::with_settings("[[store]]\nname = 'b2'\nprovider = 'b2'\nregion = 'us-west-004'\n");
    let link = |line: &str, variables: &[(&str, &str)]| {
        let keys = [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_REGION", "us-gov-west-1"),
        ];
        let output = shell.daypass(line).envs(keys).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (fips, dual) = (("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"));
    for (variables, host) in [
        (&[][..], "https://papers.s3.us-gov-west-1.amazonaws.com/"),
        (&[fips], "https://papers.s3-fips.us-gov-west-1.amazonaws.com/"),
        (&[dual], "https://papers.s3.dualstack.us-gov-west-1.amazonaws.com/"),
        (&[fips, dual], "https://papers.s3-fips.dualstack.us-gov-west-1.amazonaws.com/"),
    ] {
        let link = link("presign --provider aws s3://papers/x", variables);
        assert!(link.starts_with(host), "{link}");
    }
    let of_b2 = link("presign --store b2 s3://papers/x", &[fips]);
    assert!(of_b2.starts_with("https://s3.us-west-004.backblazeb2.com/papers/x?"), "{of_b2}");
}

#[test]
fn the_first_of_several_stores_opens_where_nothing_of_aws_says_otherwise() {
    let shell = Shell::with_settings(
        "[[store]]\nname = 'files'\nendpoint = 'http://127.0.0.1:9000'\naccess_key_id = 'id'\nsecret_access_key = 'hidden'\n\
         [[store]]\nname = 'cold'\nprovider = 'wasabi'\nregion = 'eu-central-2'\nanonymous = true\n",
    );
    let opens = |variables: &[(&str, &str)]| {
        let output = shell.daypass("store list --json").envs(variables.iter().copied()).output().unwrap();
        let rows = String::from_utf8(output.stdout).unwrap();
        let rows: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        rows.into_iter().find(|row| row["opens"] == true).map(|row| row["name"].as_str().unwrap().to_owned())
    };
    assert_eq!(opens(&[]).as_deref(), Some("files"));
    assert_eq!(opens(&[("AWS_REGION", "eu-west-1")]).as_deref(), Some("files"));
    assert_eq!(opens(&[("AWS_PROFILE", "ops")]), None);
    let link = shell.prints("presign s3://papers/x");
    assert!(link.starts_with("http://127.0.0.1:9000/papers/x?"), "{link}");

    // A profile that only its name leads to is not meant by somebody who names none.
    std::fs::create_dir(shell.home.path().join(".aws")).unwrap();
    let profiles = shell.home.path().join(".aws/config");
    std::fs::write(&profiles, "[profile ops]\nregion = eu-west-1\n").unwrap();
    assert_eq!(opens(&[]).as_deref(), Some("files"));
    let link = shell.prints("presign s3://papers/x");
    assert!(link.starts_with("http://127.0.0.1:9000/papers/x?"), "{link}");

    std::fs::write(&profiles, "[default]\nregion = eu-west-1\n").unwrap();
    assert_eq!(opens(&[]).as_deref(), Some("default"));
}

#[test]
fn a_machine_without_stores_is_told_where_they_would_be_found() {
    let output = Shell::new().run("store list");
    assert!(output.stdout.is_empty() && output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("daypass: no store is known: no [[store]] in config.toml"), "{said}");
    assert!(said.ends_with("; daypass store add asks for one\n"), "{said}");
}

#[test]
fn a_key_in_the_variables_of_its_provider_makes_links_by_itself() {
    let shell = Shell::new();
    let key = [("B2_APPLICATION_KEY_ID", "0041234567890ab0000000001"), ("B2_APPLICATION_KEY", "K004hidden")];
    for line in ["presign s3://files/x", "presign --provider b2 s3://files/x"] {
        let output = shell.daypass(line).envs(key).output().unwrap();
        let link = String::from_utf8(output.stdout).unwrap();
        assert!(link.starts_with("https://s3.us-west-004.backblazeb2.com/files/x?"), "{link}");
    }
}

#[test]
fn arguments_that_make_no_sense_end_with_2_and_say_why() {
    let shell = Shell::new();
    for (line, why) in [
        ("--bogus", "unexpected argument '--bogus'"),
        ("--profil support", "a similar argument exists: '--profile'"),
        ("--demo --profile support", "'--demo' cannot be used with '--profile <NAME>'"),
        ("--store b2 --endpoint-url https://x", "'--store <NAME>' cannot be used with '--endpoint-url <URL>'"),
        ("ftp://x/y", "`ftp://x/y` is not an s3:// location: write s3://bucket/prefix, or bucket/prefix"),
        ("https://x/bucket?X-Amz-Credential=y", "this is a presigned link: daypass inspect says what it is"),
        (
            "--endpoint-url https://y https://x/bucket",
            "the URL says which store is meant: leave --store and --endpoint-url out",
        ),
        ("--demo https://x/bucket", "--demo opens a store of its own"),
        ("s3://no*bucket", "`no*bucket` cannot be a bucket name"),
        ("--endpoint-url ftp://x", "`ftp://x` is not an endpoint: write https://host or http://host:port"),
        ("--endpoint-url http://example.org", "--endpoint-url: plain HTTP would show names and links to the network"),
        ("--provider b2", "--provider: Backblaze B2 needs a region, or an endpoint such as https://s3."),
        (
            "--provider backblaze",
            "invalid value for '--provider <ID>': `backblaze` is not a provider: write `aws`, `b2`, `r2`, ",
        ),
        ("--region=", "a value is required for '--region <REGION>'"),
        ("--expires-in 91d", "`91d` is longer than a presigned link can live: 7 days"),
        ("--expires-in soon", "`soon` is not a lifetime: write seconds (900) or units"),
        ("--clipboard tmux", "[possible values: auto, native, osc52, none]"),
        ("--color sometimes", "[possible values: auto, always, never]"),
        ("demo-server --latency soon", "write a time up to a minute, such as 300ms or 2s"),
        ("demo-server --port 70000", "70000 is not in 0..=65535"),
        ("ledger --since soon", "`soon` is no time: write how long ago (2h, 7d), or a date and time"),
        ("completions tcsh", "[possible values: bash, elvish, fish, powershell, zsh]"),
    ] {
        let (code, message) = shell.fails(line);
        assert_eq!(code, Some(2), "{line}: {message}");
        assert!(message.contains(why), "{line}: {message}");
    }
}

#[test]
fn settings_that_are_wrong_end_with_1_and_say_where() {
    let shell = Shell::with_settings("[look]\nmouse = true\ncolours = 'never'\n");
    let file = shell.home.path().join(".config/daypass/config.toml");
    let expected = format!(
        "daypass: {}:3: look.colours: there is no such setting: did you mean `colors`? It can be `colors`, `ascii`, `mouse` or `times`\n",
        file.display()
    );
    assert_eq!(shell.fails("--demo"), (Some(1), expected));
}

#[test]
fn a_settings_file_that_was_asked_for_has_to_exist() {
    let shell = Shell::new();
    let expected = "daypass: /no/such.toml: the settings cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(shell.fails("--demo --config /no/such.toml"), (Some(1), expected.to_owned()));
    let output = shell.daypass("--demo").env("DAYPASS_CONFIG", "/no/such.toml").output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

#[test]
fn a_variable_that_sets_nothing_is_an_error_that_names_it() {
    let shell = Shell::new();
    let output = shell.daypass("--demo").env("DAYPASS_LOOK_MOUS", "false").output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.starts_with("daypass: DAYPASS_LOOK_MOUS: no setting is set by this variable"), "{message}");
    assert!(message.contains(": did you mean DAYPASS_LOOK_MOUSE? There are "), "{message}");
}

#[cfg(unix)]
mod ledger {
    use daypass::presign::ledger::{Destination, Issuer, Record};
    use daypass::presign::link::LimitedBy;
    use daypass::presign::request::Method;
    use daypass::s3::location::ObjectId;
    use daypass::s3::name::{BucketName, Key};
    use daypass::world::Ledger;
    use daypass::world::ledger::{LedgerFile, Rotation};
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    /// A link to `key` that was issued an hour ago, and ends in so many minutes.
    fn record(key: &str, minutes: i64) -> Record {
        let now = Timestamp::now();
        Record {
            at: now - SignedDuration::from_hours(1),
            issuer: Issuer { who: "ada".into(), store: "support".into(), provider: "b2".into() },
            method: Method::Get,
            object: ObjectId::current(BucketName::parse("invoices").unwrap(), Key::parse(key).unwrap()),
            ends_at: now + SignedDuration::from_mins(minutes) + SignedDuration::from_secs(30),
            limited_by: LimitedBy::Asked,
            signed_headers: vec!["host".into()],
            access_key_last4: "MPLE".into(),
            temporary: false,
            host: "s3.example.org".into(),
            destination: Destination::Clipboard,
            note: None,
            batch: None,
            url_sha256: key.to_owned(),
        }
    }

    fn shell_with(records: &[Record]) -> Shell {
        let shell = Shell::new();
        let file = shell.home.path().join(".local/state/daypass/ledger.jsonl");
        LedgerFile::new(file, Rotation::default()).append(records).unwrap();
        shell
    }

    fn three() -> [Record; 4] {
        let old = record("old.pdf", -10);
        let live = record("live.pdf", 20);
        let in_file = Record { destination: Destination::File, ..live.clone() };
        [old, live, in_file, Record { access_key_last4: "OTHR".into(), ..record("other.pdf", 200) }]
    }

    #[test]
    fn every_handing_on_is_a_row_that_fits_into_80_columns() {
        let table = shell_with(&three()).prints("ledger");
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows.len(), 5, "{table}");
        assert!(rows[0].starts_with("ISSUED ") && rows[0].ends_with(" OBJECT"), "{table}");
        assert!(rows[1].contains(" ended  GET    …MPLE clipboard    s3://invoices/old.pdf"), "{table}");
        assert!(rows[3].contains(" 20m    GET    …MPLE file         s3://invoices/live.pdf"), "{table}");
        assert!(rows.iter().all(|row| row.chars().count() <= 80), "{table}");
    }

    #[test]
    fn live_shows_what_still_works_and_each_link_once() {
        let shell = shell_with(&three());
        let table = shell.prints("ledger --live");
        assert!(!table.contains("old.pdf") && table.lines().count() == 3, "{table}");
        assert!(table.contains(" 20m    GET    …MPLE clipboard +1 s3://invoices/live.pdf"), "{table}");
        assert_eq!(shell.prints("ledger --live --json").lines().count(), 3);
    }

    #[test]
    fn json_is_the_lines_of_the_ledger() {
        let records = three();
        let lines: String = records.iter().map(|record| record.line() + "\n").collect();
        let shell = shell_with(&records);
        assert_eq!(shell.prints("ledger --json"), lines);
        assert_eq!(shell.prints("ledger --json --filter OTHR"), records[3].line() + "\n");
        assert_eq!(shell.prints("ledger --json --since 2h"), lines);
    }

    #[test]
    fn by_key_says_what_rotating_a_key_would_kill() {
        let shell = shell_with(&three());
        let table = shell.prints("ledger --by-key");
        assert!(table.starts_with("KEY   LIVE LAST END "), "{table}");
        for (row, key) in table.lines().skip(1).zip(["…MPLE    1 ", "…OTHR    1 "]) {
            assert!(row.starts_with(key) && row.ends_with("rotating this key kills 1 live link"), "{table}");
        }
        let json = shell.prints("ledger --by-key --json --filter live");
        assert!(
            json.contains(r#""access_key_last4":"MPLE","temporary":false,"stores":["support"],"live":1,"#),
            "{json}"
        );
    }

    #[test]
    fn an_empty_ledger_is_no_mistake() {
        let output = Shell::new().run("ledger --json");
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("No link is noted in /") && said.ends_with("/daypass/ledger.jsonl yet.\n"), "{said}");

        let output = shell_with(&three()).run("ledger --since 5m");
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b""[..]));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with("None of the links in /") && said.ends_with(" is one of those (4 noted).\n"),
            "{said}"
        );
    }

    #[test]
    fn lines_that_are_no_records_are_counted_on_standard_error() {
        let shell = Shell::new();
        let file = shell.home.path().join("copy.jsonl");
        std::fs::write(&file, format!("torn\n{}\n{{\"v\":", record("a", 1).line())).unwrap();
        let output = shell.run(&format!("ledger {}", file.display()));
        assert_eq!((output.status.code(), output.stdout.iter().filter(|b| **b == b'\n').count()), (Some(0), 2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, format!("daypass: 2 lines of {} are no records and were left out\n", file.display()));
    }

    #[test]
    fn the_settings_say_where_it_is() {
        let shell = Shell::with_settings("[ledger]\nfile = '~/noted.jsonl'\n");
        std::fs::write(shell.home.path().join("noted.jsonl"), record("a.pdf", 1).line()).unwrap();
        assert!(shell.prints("ledger").contains("s3://invoices/a.pdf"));
        let output = shell.daypass("ledger").env("DAYPASS_CONFIG", "/no/such.toml").output().unwrap();
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("daypass: /no/such.toml: the settings cannot"));
    }

    #[test]
    fn a_ledger_that_cannot_be_opened_ends_with_1() {
        let shell = Shell::new();
        let (code, said) = shell.fails("ledger /dev/null");
        assert_eq!(code, Some(1));
        assert_eq!(said, "daypass: cannot read the ledger /dev/null: /dev/null is not a plain file\n");
    }

    #[test]
    fn it_ends_quietly_when_its_reader_has_seen_enough() {
        let many: Vec<Record> = (0..2_000).map(|number| record(&format!("{number}"), 1)).collect();
        let shell = shell_with(&many);
        let mut child = shell.daypass("ledger").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with("ISSUED"), "{first}");
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    }
}

#[cfg(unix)]
mod demo_server {
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    /// A running `daypass demo-server` and its first lines. Ends with the test, however that ends.
    struct Server {
        child: Child,
        lines: mpsc::Receiver<String>,
    }

    impl Server {
        fn start(shell: &Shell, line: &str) -> Self {
            let mut child = shell.daypass(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let stdout = BufReader::new(child.stdout.take().unwrap());
            let (sender, lines) = mpsc::channel();
            thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
            Self { child, lines }
        }

        /// The values of the lines that a shell would take in.
        fn export(&self, name: &str) -> String {
            loop {
                let line = self.lines.recv_timeout(PATIENCE).unwrap();
                if let Some(value) = line.strip_prefix(&format!("export {name}='")) {
                    return value.strip_suffix('\'').unwrap().to_owned();
                }
            }
        }

        fn end_by(mut self, signal: Signal) -> (Option<i32>, String) {
            kill_process(Pid::from_child(&self.child), signal).unwrap();
            // The channel closes when the process has closed its standard output.
            let end = loop {
                if let Err(end) = self.lines.recv_timeout(PATIENCE) {
                    break end;
                }
            };
            assert_eq!(end, mpsc::RecvTimeoutError::Disconnected, "it is still running");
            let mut complaint = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
            (self.child.wait().unwrap().code(), complaint)
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// daypass with the demo store as its store.
    fn beside(server: &Server, shell: &Shell, line: &str) -> Command {
        let mut command = shell.daypass(line);
        for name in ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env(name, server.export(name));
        }
        command
    }

    fn lines(line: &str) -> Vec<String> {
        let shell = Shell::new();
        let server = Server::start(&shell, "demo-server");
        let output = beside(&server, &shell, line).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn buckets_levels_and_whole_prefixes_are_listed() {
        let buckets = lines("ls");
        let bucket = buckets.iter().find_map(|line| line.split('\t').nth(1)).unwrap().to_owned();
        let level = lines(&format!("ls --fields key s3://{bucket}"));
        let all = lines(&format!("ls -r --fields key s3://{bucket}"));
        assert!(!level.is_empty() && all.is_sorted() && all.len() >= level.len());
        let json: serde_json::Value = serde_json::from_str(&lines(&format!("ls -r --json s3://{bucket}"))[0]).unwrap();
        assert_eq!(json["key"], all[0].as_str());
        assert!(json["size"].is_u64() && json["type"] == "object");
    }

    #[test]
    fn a_url_leads_to_the_store_of_the_settings_that_answers_there() {
        let server = Server::start(&Shell::new(), "demo-server");
        let (endpoint, id) = (server.export("AWS_ENDPOINT_URL"), server.export("AWS_ACCESS_KEY_ID"));
        let secret = server.export("AWS_SECRET_ACCESS_KEY");
        let shell = Shell::with_settings(&format!(
            "default_store = 'other'\n[[store]]\nname = 'other'\nendpoint = 'http://127.0.0.1:9'\n\
             [[store]]\nname = 'demo'\nendpoint = '{endpoint}'\naccess_key_id = '{id}'\nsecret_access_key = '{secret}'\n"
        ));
        assert!(shell.prints(&format!("ls {endpoint}")).contains("support-files"));
        let level = shell.prints(&format!("ls --fields key {endpoint}/releases/"));
        assert_eq!(level, shell.prints("ls --store demo --fields key s3://releases/"));
        assert!(shell.prints(&format!("du {endpoint}/releases")).ends_with("total\n"));
        let report: serde_json::Value =
            serde_json::from_str(&shell.prints(&format!("doctor --json {endpoint}/releases"))).unwrap();
        assert_eq!((&report["store"], &report["place"]), (&"demo".into(), &"s3://releases/".into()));
        let (code, said) = shell.fails(&format!("ls --store other {endpoint}/releases"));
        assert_eq!(code, Some(2));
        assert!(said.contains("the URL says which store is meant"), "{said}");
    }

    #[test]
    fn a_store_without_a_name_is_called_by_the_host_that_the_variables_name() {
        let report = lines("doctor");
        assert!(report[0].starts_with("s3:// at 127.0.0.1:"), "{report:?}");
    }

    #[test]
    fn versions_are_added_up_on_request_and_an_inventory_has_to_be_there() {
        let number = |lines: &[String], name: &str| {
            let line = lines.iter().find(|line| line.ends_with(&format!("\t{name}"))).unwrap();
            line.split('\t').nth(1).unwrap().parse::<u64>().unwrap()
        };
        let objects = lines("du --by version s3://releases/");
        let versions = lines("du --versions --by version s3://releases/");
        assert_eq!(number(&objects, "current"), number(&objects, "total"));
        assert_eq!(number(&versions, "current"), number(&objects, "current"));
        assert!(number(&versions, "total") > number(&objects, "total"), "{versions:?}");
        for (line, why) in [
            ("du s3://support-files/ --inventory", "the settings name none"),
            ("du s3://support-files/ --inventory=s3://support-files/", "no folder there is named by a date"),
        ] {
            let shell = Shell::new();
            let server = Server::start(&shell, "demo-server");
            let output = beside(&server, &shell, line).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            assert!(String::from_utf8(output.stderr).unwrap().contains(why), "{line}");
        }
    }

    #[test]
    fn only_what_matches_below_the_location_is_listed() {
        let all = lines("ls -r --fields key s3://support-files/");
        let matching = |line: &str| lines(&format!("ls -r --fields key {line} s3://support-files/"));
        let (name, _) = all.iter().find_map(|key| key.split_once('.')).unwrap();
        let found = matching(&format!("--match {name}"));
        assert!(!found.is_empty() && found.len() < all.len() && found.iter().all(|key| key.contains(name)));
        let json = all.iter().filter(|key| key.ends_with(".json")).count();
        assert_eq!((matching("--match *.json").len(), matching("--match /[.]json$/").len()), (json, json));
        let (code, said) = Shell::new().fails("ls --match /(/ s3://b/");
        assert_eq!(code, Some(2));
        assert!(said.contains("`(` is no regular expression"), "{said}");
    }

    #[test]
    fn a_store_is_added_by_lines_and_opens_by_its_name() {
        let shell = Shell::new();
        let server = Server::start(&shell, "demo-server");
        let (endpoint, id) = (server.export("AWS_ENDPOINT_URL"), server.export("AWS_ACCESS_KEY_ID"));
        let add = |line: &str, input: &str| {
            let mut child = shell
                .daypass(line)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
        };
        let secret = server.export("AWS_SECRET_ACCESS_KEY");
        let (code, said) = add("store add files", &format!("{endpoint}\n{id}\n{secret}\n"));
        assert_eq!(code, Some(0), "{said}");
        assert!(said.ends_with("has the store files now. Open it with: daypass\n"), "{said}");
        assert!(!shell.prints("ls --store files").is_empty());

        let bucket = shell.prints("ls").lines().next().unwrap().split('\t').nth(1).unwrap().to_owned();
        std::fs::write(shell.home.path().join("secret.sh"), format!("echo {secret}")).unwrap();
        let program = format!("/bin/sh {}/secret.sh", shell.home.path().display());
        let mut command =
            shell.daypass(&format!("store add by-program --endpoint-url {endpoint}/{bucket} --access-key-id {id}"));
        assert!(command.args(["--secret-command", &program]).output().unwrap().status.success());
        let settings = std::fs::read_to_string(shell.home.path().join(".config/daypass/config.toml")).unwrap();
        assert_eq!(settings.matches(&secret).count(), 1, "only the first store holds it");
        assert!(settings.contains(&format!("start = \"s3://{bucket}/\"")), "{settings}");
        assert!(!shell.prints("ls --store by-program").is_empty());

        let (code, said) = add("store add files", &format!("{endpoint}\n{id}\n{secret}\n"));
        assert_eq!((code, said.contains("there is a store files already")), (Some(1), true), "{said}");
        let (code, said) = add("store add", &format!("{endpoint}\n{id}\nwrong\n"));
        assert_eq!((code, said.starts_with("daypass: nothing was written: cannot list")), (Some(1), true), "{said}");
        let (code, said) = add("store add", &format!("{endpoint}\n{id}\n"));
        assert_eq!((code, said.contains("there is no answer to “Secret key")), (Some(1), true), "{said}");
    }

    #[test]
    fn a_slow_listing_into_a_file_says_at_the_terminal_how_far_it_is_and_leaves_nothing_of_that() {
        let shell = Shell::new();
        let server = Server::start(&shell, "demo-server --latency 200ms");
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let file = shell.home.path().join("keys");
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", "exec \"$0\" ls -r s3://support-files/ >\"$1\"", env!("CARGO_BIN_EXE_daypass")]);
        command.arg(&file);
        command.env_clear();
        command.env("HOME", shell.home.path());
        for name in ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env(name, server.export(name));
        }
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut shown = Vec::new();
        // On Linux the end of a terminal is an error.
        let _ = pty.master.try_clone_reader().unwrap().read_to_end(&mut shown);
        let shown = String::from_utf8(shown).unwrap();
        assert!(child.wait().unwrap().success(), "{shown}");
        let keys = std::fs::read_to_string(file).unwrap().lines().count();
        assert!(shown.contains(&format!("{keys} keys, ")) && shown.contains(" keys/s"), "{shown:?}");
        assert!(shown.ends_with("\r\x1b[K"), "{shown:?}");
    }

    #[test]
    fn what_lies_in_a_bucket_is_added_up() {
        let bucket = lines("ls")[0].split('\t').nth(1).unwrap().to_owned();
        let sizes = lines(&format!("ls -r --fields size s3://{bucket}"));
        let bytes: u64 = sizes.iter().map(|size| size.parse::<u64>().unwrap()).sum();
        let total = lines(&format!("du s3://{bucket}"));
        assert_eq!(total.last().unwrap(), &format!("{bytes}\t{}\ttotal", sizes.len()));
        let json: serde_json::Value =
            serde_json::from_str(&lines(&format!("du --by class --json s3://{bucket}"))[0]).unwrap();
        assert_eq!((json["bytes"].as_u64(), json["by"].as_str()), (Some(bytes), Some("class")));
    }

    #[test]
    fn a_pipe_that_closes_ends_a_listing_quietly() {
        let shell = Shell::new();
        let server = Server::start(&shell, "demo-server");
        let bucket = lines("ls")[0].split('\t').nth(1).unwrap().to_owned();
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut listing = beside(&server, &shell, &format!("ls -r s3://{bucket}"));
        let output = listing.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(0), true));
    }

    #[test]
    fn it_says_where_it_is_and_answers_there_until_it_is_told_to_end() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            let server = Server::start(&Shell::new(), "demo-server");
            let endpoint = server.export("AWS_ENDPOINT_URL");
            assert_eq!(server.export("AWS_REGION"), "eu-central-1");
            assert!(server.export("AWS_ACCESS_KEY_ID").starts_with("AKIA"));
            assert_eq!(server.export("AWS_SECRET_ACCESS_KEY").len(), 40);

            let mut stream = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");

            assert_eq!(server.end_by(signal), (Some(0), String::new()));
        }
    }

    #[test]
    fn a_port_that_is_taken_is_named() {
        let shell = Shell::new();
        let server = Server::start(&shell, "demo-server");
        let endpoint = server.export("AWS_ENDPOINT_URL");
        let port = endpoint.rsplit(':').next().unwrap();
        let (code, message) = shell.fails(&format!("demo-server --port {port}"));
        assert_eq!(code, Some(1));
        assert!(message.starts_with(&format!("daypass: cannot start the demo store on port {port}")), "{message}");
    }

    #[test]
    fn it_ends_quietly_when_nobody_reads_what_it_prints() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = Shell::new().daypass("demo-server").stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
        let Ok(output) = ended.recv_timeout(PATIENCE) else {
            kill_process(pid, Signal::KILL).unwrap();
            panic!("it is still running");
        };
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    }
}
