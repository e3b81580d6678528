//! What stands between a profile and its keys: the code of a device, typed on the screen or at a prompt, and a program that would
//! read what is typed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cloud::{Cloud, end_in, sts_keys, sts_refusal};
use crate::terminal::{Terminal, USUAL};

const CONFIG: &str = "[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = base-secret\n\
    [profile prod]\nrole_arn = arn:aws:iam::3:role/admin\nsource_profile = base\nregion = eu-west-1\n\
    mfa_serial = arn:aws:iam::1:mfa/ada\n";

const CODE: &str = "271828";

/// STS that takes one code, and a store that lists a bucket for the keys that it gives.
fn clouds() -> (Cloud, Cloud) {
    let sts = Cloud::start(|_, asked| match asked.field("TokenCode").as_deref() {
        Some(CODE) => sts_keys("AssumeRole", "ASIAROLE", &end_in(3600)),
        _ => sts_refusal(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "),
    });
    let store = Cloud::start(|_, asked| match asked.header("authorization").contains("Credential=ASIAROLE/") {
        true => {
            let bucket = "<Bucket><Name>papers</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>";
            (200, format!("<ListAllMyBucketsResult><Buckets>{bucket}</Buckets></ListAllMyBucketsResult>"))
        }
        false => (403, "<Error><Code>InvalidAccessKeyId</Code></Error>".to_owned()),
    });
    (sts, store)
}

fn variables<'a>(config: &'a str, sts: &'a Cloud) -> [(&'a str, &'a str); 3] {
    [("AWS_CONFIG_FILE", config), ("AWS_ENDPOINT_URL_STS", &sts.endpoint), ("AWS_EC2_METADATA_DISABLED", "true")]
}

#[test]
fn the_screen_asks_for_the_code_and_goes_on_with_it() {
    let home = tempfile::tempdir().unwrap();
    let (config, log) = (home.path().join("config"), home.path().join("log"));
    fs::write(&config, CONFIG).unwrap();
    let (sts, store) = clouds();
    let log_flag = log.to_str().unwrap();
    let arguments = ["--profile", "prod", "--endpoint-url", &store.endpoint, "--log", log_flag];
    let mut terminal = Terminal::start(USUAL, &arguments, &variables(config.to_str().unwrap(), &sts));
    terminal.wait_for("MFA code:");
    terminal.wait_for("for profile prod, shown by arn:aws:iam::1:mfa/ada");
    terminal.press("\x1b");
    terminal.wait_for("and it was not given");
    terminal.press("?");
    terminal.wait_for("In the list");
    terminal.press("q");
    terminal.press("R");
    terminal.wait_for("MFA code:");
    terminal.press("314159\r");
    terminal.wait_for("AWS does not take the code");
    terminal.press("R");
    terminal.wait_for("MFA code:");
    terminal.press(CODE);
    terminal.press("\r");
    terminal.wait_for("papers");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
    let logged = fs::read_to_string(log).unwrap();
    assert!(!logged.contains(CODE) && !logged.contains("314159") && !logged.contains("base-secret"), "{logged}");
}

#[test]
fn a_command_asks_at_its_terminal() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    fs::write(&config, CONFIG).unwrap();
    let (sts, store) = clouds();
    let arguments = ["ls", "--profile", "prod", "--endpoint-url", &store.endpoint];
    let mut terminal = Terminal::start(USUAL, &arguments, &variables(config.to_str().unwrap(), &sts));
    terminal.wait_for("MFA code of arn:aws:iam::1:mfa/ada, for the profile prod:");
    terminal.press("12\r");
    terminal.wait_for("a code has 6 digits");
    terminal.press(CODE);
    terminal.press("\r");
    terminal.wait_for("papers");
    assert!(terminal.wait_exit().success());
}

#[test]
fn without_a_terminal_the_code_is_told_to_be_missing() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    fs::write(&config, CONFIG).unwrap();
    let (sts, store) = clouds();
    // In a session of its own, a process has no terminal.
    let output = Command::new("setsid")
        .args(["--wait", env!("CARGO_BIN_EXE_daypass"), "ls", "--profile", "prod", "--endpoint-url", &store.endpoint])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .envs(variables(config.to_str().unwrap(), &sts))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("and there is no terminal to ask for it; run it in a terminal"), "{said}");
    assert!(!output.status.success());
}

#[test]
fn a_program_that_gives_keys_does_not_take_those_of_the_keyboard() {
    let home = tempfile::tempdir().unwrap();
    let (config, helper) = (home.path().join("config"), home.path().join("helper.sh"));
    let keys = r#"{"Version":1,"AccessKeyId":"ASIAROLE","SecretAccessKey":"s","SessionToken":"t"}"#;
    fs::write(&helper, format!("cat > /dev/null\necho '{keys}'\n")).unwrap();
    fs::write(&config, format!("[profile tool]\ncredential_process = /bin/sh {}\n", helper.display())).unwrap();
    let (sts, store) = clouds();
    let arguments = ["--profile", "tool", "--endpoint-url", &store.endpoint];
    let mut terminal = Terminal::start(USUAL, &arguments, &variables(config.to_str().unwrap(), &sts));
    terminal.wait_for("papers");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

/// Settings with a store whose secret this shell script prints.
fn with_secret_command(endpoint: &str, script: &str) -> String {
    format!(
        "[[store]]\nname = 'vault'\nendpoint = '{endpoint}'\naccess_key_id = 'ASIAROLE'\n\
         secret_command = ['sh', '-c', '''{script}''']\n"
    )
}

fn start_with(settings: &str, folder: &Path) -> Terminal {
    let file = folder.join("config.toml");
    fs::write(&file, settings).unwrap();
    Terminal::start(USUAL, &["--store", "vault", "--config", file.to_str().unwrap()], &[])
}

#[test]
fn a_secret_command_that_asks_at_the_terminal_is_ended_and_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let (_, store) = clouds();
    let script = "printf Passphrase: >/dev/tty; read x </dev/tty; echo $x";
    let mut terminal = start_with(&with_secret_command(&store.endpoint, script), home.path());
    let screen = terminal.wait_for("Unlock it beforehand");
    let told = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("The secret_command of store vault, `sh`, was ended: it asks something at the terminal"),
        "{told}"
    );
    terminal.press("?");
    terminal.wait_for("Move down");
    terminal.press("q");
    terminal.wait_gone("Move down");
    terminal.press("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn a_secret_command_that_takes_long_is_named_while_it_runs_and_ends_with_daypass() {
    let home = tempfile::tempdir().unwrap();
    let (_, store) = clouds();
    let pid = home.path().join("pid");
    let script = format!("echo $$ > {0}.new; mv {0}.new {0}; sleep 600; echo never", pid.display());
    let mut terminal = start_with(&with_secret_command(&store.endpoint, &script), home.path());
    terminal.wait_for("waiting for the secret_command of store vault, `sh`");
    let deadline = Instant::now() + Duration::from_secs(20);
    let pid = loop {
        match fs::read_to_string(&pid) {
            Ok(pid) => break pid,
            Err(_) => assert!(Instant::now() < deadline, "it does not start"),
        }
    };
    terminal.press("q");
    assert!(terminal.wait_exit().success());
    while Path::new("/proc").join(pid.trim()).exists() {
        assert!(Instant::now() < deadline, "it outlives daypass");
        std::thread::yield_now();
    }
}
