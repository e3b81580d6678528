//! Where keys and places come from when the user names none: the variables and files of the AWS tools.
//!
//! Those are the business of a whole process, so each promise is kept in a process of its own: this test binary again, with
//! other variables, running [`inside`] alone.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use daypass::world::open::CredentialSource;
use secrecy::ExposeSecret;

use crate::stage::{any_keys, opened, spec};

/// Says what a store is opened with here.
#[tokio::test]
#[ignore = "runs inside the other tests of this file, with their variables"]
async fn inside() {
    let profile = std::env::var("TEST_PROFILE").ok();
    let mut spec = spec("http://localhost", any_keys());
    (spec.endpoint, spec.style) = (None, None);
    spec.credentials = CredentialSource::Chain { profile };
    let opened = match opened(&spec).await {
        Ok(opened) => opened,
        Err(failure) => return println!("failure={failure}"),
    };
    println!("provider={} endpoint={} region={}", opened.label.provider, opened.label.endpoint, opened.label.region);
    let credentials = opened.world.credentials;
    for keys in [credentials.get().await, credentials.get().await] {
        match keys {
            Ok(keys) => println!(
                "id={} secret={} source={} expires={:?}",
                keys.access_key_id,
                keys.secret_access_key.expose_secret(),
                keys.source,
                keys.expires.map(|end| end.to_string())
            ),
            Err(failure) => println!("{:?}={failure}", failure.kind),
        }
    }
}

/// A home with AWS files and nothing else around it.
struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.0.path().join(".aws")).unwrap();
        fs::write(home.0.path().join(".aws/config"), config).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// What [`inside`] says with these variables.
    fn says(&self, variables: &[(&str, &str)]) -> String {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["credentials::inside", "--exact", "--ignored", "--nocapture"])
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8(child.stdout).unwrap();
        assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
        said.lines().filter(|line| line.contains('=')).map(|line| format!("{line}\n")).collect()
    }
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKENV"), ("AWS_SECRET_ACCESS_KEY", "s1")];

const FILES: &str = "[default]\nregion = eu-west-1\naws_access_key_id = AKDEFAULT\naws_secret_access_key = s2\n\
    [profile support]\nregion = us-west-004\nendpoint_url = https://s3.us-west-004.backblazeb2.com\n\
    aws_access_key_id = AKSUPPORT\naws_secret_access_key = s3\n\
    [profile service]\nservices = local\naws_access_key_id = AKSERVICE\naws_secret_access_key = s4\n\
    [services local]\ns3 =\n  endpoint_url = http://localhost:9000\n";

#[test]
fn variables_come_before_the_default_profile() {
    let home = Home::new(FILES);
    let said = home.says(&KEYS);
    assert!(said.contains("provider=Amazon S3 endpoint=https://s3.eu-west-1.amazonaws.com region=eu-west-1"), "{said}");
    assert!(said.contains("id=AKENV secret=s1 source=environment expires=None"), "{said}");
    assert!(home.says(&[]).contains("id=AKDEFAULT secret=s2 source=AWS configuration"));
}

#[test]
fn a_profile_that_was_named_comes_before_all_keys_in_variables() {
    let home = Home::new(FILES);
    let named = [KEYS.as_slice(), &[("TEST_PROFILE", "support")]].concat();
    assert!(home.says(&named).contains("id=AKSUPPORT secret=s3 source=profile support"), "{}", home.says(&named));
    let by_variable = home.says(&[("AWS_PROFILE", "support")]);
    assert!(by_variable.contains("id=AKSUPPORT secret=s3 source=profile support"), "{by_variable}");
}

#[test]
fn a_profile_says_where_its_store_is_unless_that_is_to_be_ignored() {
    let home = Home::new(FILES);
    let place = |variables: &[(&str, &str)]| home.says(variables).lines().next().unwrap().to_owned();
    let b2 = "provider=Backblaze B2 endpoint=https://s3.us-west-004.backblazeb2.com region=us-west-004";
    assert_eq!(place(&[("TEST_PROFILE", "support")]), b2);
    assert_eq!(place(&[("AWS_PROFILE", "support"), ("AWS_REGION", "eu-west-3")]), b2, "the host knows better");
    let local = "provider=S3 endpoint=http://localhost:9000 region=us-east-1";
    assert_eq!(place(&[("TEST_PROFILE", "service")]), local);
    let by_both = place(&[("AWS_PROFILE", "service"), ("AWS_ENDPOINT_URL", "http://localhost:1")]);
    assert_eq!(by_both, local.replace("9000", "1"), "variables come before files");
    let ignored = place(&[("AWS_PROFILE", "support"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]);
    assert_eq!(ignored, "provider=Amazon S3 endpoint=https://s3.us-west-004.amazonaws.com region=us-west-004");
    let by_variable = place(&[("AWS_ENDPOINT_URL_S3", "http://localhost:7"), ("AWS_REGION", "r-1")]);
    assert_eq!(by_variable, "provider=S3 endpoint=http://localhost:7 region=r-1");
    let unprotected = place(&[("AWS_ENDPOINT_URL_S3", "http://store.example")]);
    assert!(unprotected.contains("unprotected; use https://"), "{unprotected}");
}

/// A profile whose keys come from a program that notes each time it is run.
fn with_process(expires: &str) -> Home {
    let home = Home::new("");
    let (script, runs) = (home.path().join("keys.sh"), home.path().join("runs"));
    let keys = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"{expires}\"}}"
    );
    fs::write(&script, format!("echo run >> {}\necho '{keys}'\n", runs.display())).unwrap();
    let config = format!("[profile tool]\ncredential_process = /bin/sh {}\n", script.display());
    fs::write(home.path().join(".aws/config"), config).unwrap();
    home
}

fn runs(home: &Home) -> usize {
    fs::read_to_string(home.path().join("runs")).unwrap().lines().count()
}

#[test]
fn temporary_keys_are_kept_with_their_end_and_asked_for_anew_shortly_before_it() {
    let home = with_process("2099-01-01T00:00:00Z");
    let said = home.says(&[("TEST_PROFILE", "tool")]);
    assert!(said.contains("id=ASIA secret=s source=profile tool expires=Some(\"2099-01-01T00:00:00Z\")"), "{said}");
    assert_eq!(runs(&home), 1, "{said}");

    let soon = jiff::Timestamp::now() + Duration::from_secs(30);
    let home = with_process(&soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    home.says(&[("TEST_PROFILE", "tool")]);
    assert_eq!(runs(&home), 2);
}

#[test]
fn no_credentials_say_what_was_tried_and_what_to_do() {
    let home = Home::new("[profile empty]\nregion = eu-west-1\n");
    let said = home.says(&[]);
    assert!(said.contains("NoCredentials=cannot find credentials: none of the usual sources has"), "{said}");
    assert!(said.contains("daypass --demo"), "{said}");
    let said = home.says(&[("TEST_PROFILE", "empty")]);
    assert!(said.contains("check [profile empty] in ~/.aws/config"), "{said}");
    let said = home.says(&[("TEST_PROFILE", "nowhere")]);
    assert!(said.contains("NoCredentials=cannot find credentials: ") && said.contains("nowhere"), "{said}");
}

#[test]
fn a_login_that_is_over_says_how_to_log_in() {
    let home = Home::new(
        "[profile work]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\nregion = eu-west-1\n\
         [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n",
    );
    let said = home.says(&[("TEST_PROFILE", "work")]);
    assert!(said.contains("log in again: aws sso login --profile work"), "{said}");
}

#[test]
fn a_machine_that_is_no_cloud_instance_is_told_so_soon() {
    let home = Home::new("");
    let asked = Instant::now();
    // An address that answers nobody, as the instance's does elsewhere.
    let said =
        home.says(&[("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://240.0.0.1")]);
    assert!(said.contains("NoCredentials="), "{said}");
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
}
