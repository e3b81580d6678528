//! What stands between a profile and its keys: the code of a device, typed on the screen or at a prompt, and a program that would
//! read what is typed.

use std::fs;
use std::process::{Command, Stdio};

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
