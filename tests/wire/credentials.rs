//! Where keys and places come from when the user names none: the variables and files of the AWS tools.
//!
//! Those are the business of a whole process, so each promise is kept in a process of its own: this test binary again, with
//! other variables, running [`inside`] alone.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use daypass::presign::credentials::{CodeAsk, OneTimeCode, SigningCredentials};
use daypass::s3::address::Endpoint;
use daypass::s3::failure::Failure;
use daypass::world::open::CredentialSource;
use daypass::world::{Clock, Person, Terminal, Uncoded};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::cloud::{Asked, Cloud, Reply, end_in, json_keys, metadata, sts_keys, sts_refusal};
use crate::stage::{any_keys, opened_at, spec};
use crate::tls_server::{Authority, TlsServer};

/// Opens a store and says what it is opened with; then does the steps of `TEST_STEPS`, and says what came of each:
///
/// - `get`: asks for the credentials;
/// - `list`: lists the buckets;
/// - `wait:N`: N seconds pass;
/// - `until:ID`: asks until the key `ID` comes;
/// - `give-up`: asks, waits for a while, and ends;
/// - `told`: waits until the person was told something;
/// - `all:N`: lists N times at once.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside the other tests of this file, with their variables"]
async fn inside() {
    let variable = |name| std::env::var(name).ok();
    let mut spec = spec("http://localhost", any_keys());
    (spec.endpoint, spec.style, spec.retry) = (None, None, None);
    spec.endpoint = variable("TEST_STORE").map(|url| Endpoint::parse(&url).unwrap());
    spec.credentials = CredentialSource::Chain { profile: variable("TEST_PROFILE") };
    let clock = Arc::new(Watch(Mutex::new(Timestamp::now())));
    let person = Arc::new(Typist { codes: variable("TEST_CODES").unwrap_or_default(), said: Mutex::default() });
    let opened = match opened_at(&spec, clock.clone(), person.clone()).await {
        Ok(opened) => opened,
        Err(failure) => return println!("failure={failure}"),
    };
    println!("provider={} endpoint={} region={}", opened.label.provider, opened.label.endpoint, opened.label.region);
    let credentials = opened.world.credentials;
    let told = |keys: &Result<SigningCredentials, Failure>| match keys {
        Ok(keys) => println!(
            "id={} secret={} source={} expires={:?}",
            keys.access_key_id,
            keys.secret_access_key.expose_secret(),
            keys.source,
            keys.expires.map(|end| end.to_string())
        ),
        Err(failure) => println!("{:?}={failure}", failure.kind),
    };
    let steps = variable("TEST_STEPS").unwrap_or("get get".to_owned());
    for step in steps.split_whitespace() {
        match step.split_once(':').unwrap_or((step, "")) {
            ("get", _) => told(&credentials.get().await),
            ("list", _) => {
                println!("list={:?}", opened.world.store.buckets().await.map_err(|failure| failure.to_string()))
            }
            ("wait", seconds) => *clock.0.lock().unwrap() += Duration::from_secs(seconds.parse().unwrap()),
            ("until", id) => {
                let begun = Instant::now();
                while !credentials.get().await.is_ok_and(|keys| keys.access_key_id == id) {
                    assert!(begun.elapsed() < Duration::from_secs(20), "{id} never came");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            ("give-up", _) => {
                let answer = tokio::time::timeout(Duration::from_millis(300), credentials.get()).await;
                println!("given-up={}", answer.is_err());
            }
            ("told", _) => {
                let begun = Instant::now();
                while person.said.lock().unwrap().is_empty() {
                    assert!(begun.elapsed() < Duration::from_secs(20), "nobody was told anything");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            ("all", number) => {
                let lists = (0..number.parse().unwrap()).map(|_| opened.world.store.buckets());
                for answer in futures::future::join_all(lists).await {
                    println!("all={}", answer.is_ok());
                }
            }
            _ => panic!("unknown step {step}"),
        }
    }
    for said in &*person.said.lock().unwrap() {
        println!("{said}");
    }
}

/// Somebody who types the next of these codes when asked, `-` for none, and remembers what was said to them.
struct Typist {
    codes: String,
    said: Mutex<Vec<String>>,
}

#[async_trait]
impl Person for Typist {
    async fn code(&self, ask: &CodeAsk) -> Result<OneTimeCode, Uncoded> {
        let mut said = self.said.lock().unwrap();
        let code = self.codes.split(' ').nth(said.len()).unwrap_or("-");
        said.push(format!("device={} profile={}", ask.device, ask.profile));
        OneTimeCode::parse(code).map_err(|_| Uncoded::Refused)
    }

    fn tell(&self, failure: Failure) {
        self.said.lock().unwrap().push(format!("told={failure}"));
    }

    fn terminal(&self) -> Terminal {
        Terminal::Screen
    }
}

/// A clock that a test moves.
struct Watch(Mutex<Timestamp>);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
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
    assert!(home.says(&[]).contains("id=AKDEFAULT secret=s2 source=profile default"));
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
fn temporary_keys_are_kept_with_their_end() {
    let home = with_process("2099-01-01T00:00:00Z");
    let said = home.says(&[("TEST_PROFILE", "tool")]);
    assert!(
        said.contains(
            "id=ASIA secret=s source=profile tool, credential_process expires=Some(\"2099-01-01T00:00:00Z\")"
        ),
        "{said}"
    );
    assert_eq!(runs(&home), 1, "{said}");
}

#[test]
fn no_credentials_say_what_was_tried_and_what_to_do() {
    let home = Home::new("[profile empty]\nregion = eu-west-1\n");
    let said = |profile: &str, hint: &str| {
        format!(
            "none of the usual sources has credentials (tried: AWS_ACCESS_KEY_ID, {profile}, web identity, container, instance); {hint}; \
             --no-sign-request opens a public bucket, and daypass --demo needs none"
        )
    };
    let named = "name a profile, with --profile or by P on the screen (there are: empty)";
    assert_eq!(why_not(&home.says(&[])), said("the default profile, which there is not", named));
    let by_variable = said("the profile `empty`, which says nothing of keys", named);
    assert_eq!(why_not(&home.says(&[("AWS_PROFILE", "empty")])), by_variable);
    let none = "add a store with its key (daypass store add), name a profile (--profile), log in (aws sso login), or set \
                AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    assert_eq!(why_not(&Home::new("").says(&[])), said("the default profile, which there is not", none));
    let said = home.says(&[("TEST_PROFILE", "empty")]);
    assert!(said.contains("the profile `empty` says nothing of keys; give it a key, a role_arn with"), "{said}");
    for unknown in [[("TEST_PROFILE", "nowhere")], [("AWS_PROFILE", "nowhere")]] {
        let said = home.says(&unknown);
        assert!(said.contains("is called `nowhere`; there are: empty"), "{said}");
    }
}

#[test]
fn a_login_that_is_over_says_how_to_log_in() {
    let home = Home::new(
        "[profile work]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\nregion = eu-west-1\n\
         [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n",
    );
    let said = home.says(&[("TEST_PROFILE", "work")]);
    assert!(said.contains("log in with `aws sso login --profile work`, and ask again"), "{said}");
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

/// Keys that lie in the file of a test, and their secrets.
fn secret_of(id: &str) -> Option<&'static str> {
    [("AKBASE", "base-secret"), ("ASIAFIRST", "secret-of-ASIAFIRST")]
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, secret)| *secret)
}

const ROLES: &str = "[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = base-secret\nregion = eu-west-1\n\
    [profile reader]\nrole_arn = arn:aws:iam::2:role/team/reader\nsource_profile = base\nexternal_id = ext/4711\n\
    role_session_name = ada\nregion = eu-west-1\n\
    [profile admin]\nrole_arn = arn:aws:iam::3:role/admin\nsource_profile = reader\nregion = eu-west-1\n";

/// STS as it is: it looks at the signature first, then whether the role trusts that key.
fn sts(number: usize, asked: &Asked, end: i64) -> Reply {
    let Some(signer) = asked.signer(secret_of) else {
        return sts_refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match");
    };
    let field = |name| asked.field(name).unwrap_or_default();
    let trusted = match field("RoleArn").as_str() {
        "arn:aws:iam::2:role/team/reader" => signer == "AKBASE" && field("ExternalId") == "ext/4711",
        "arn:aws:iam::3:role/admin" => {
            signer == "ASIAFIRST" && asked.header("x-amz-security-token") == "token-of-ASIAFIRST"
        }
        _ => false,
    };
    if !trusted || field("Action") != "AssumeRole" || field("RoleSessionName").is_empty() {
        let message =
            format!("User: {signer} is not authorized to perform: sts:AssumeRole on resource: {}", field("RoleArn"));
        return sts_refusal(403, "AccessDenied", &message);
    }
    let id = ["ASIAFIRST", "ASIASECOND", "ASIATHIRD"].get(number).unwrap();
    sts_keys("AssumeRole", id, &end_in(end))
}

#[test]
fn a_role_is_assumed_by_the_keys_of_its_source_and_with_its_external_id() {
    let (home, cloud) = (Home::new(ROLES), Cloud::start(|n, asked| sts(n, asked, 3600)));
    let said = home.says(&[("TEST_PROFILE", "reader"), ("AWS_ENDPOINT_URL_STS", &cloud.endpoint)]);
    assert!(said.contains("id=ASIAFIRST secret=secret-of-ASIAFIRST source=profile reader, role reader"), "{said}");
    assert_eq!(cloud.asked().len(), 1, "asked once for both");
    assert_eq!(cloud.asked()[0].field("RoleSessionName").as_deref(), Some("ada"));

    let (home, cloud) = (Home::new(ROLES), Cloud::start(|n, asked| sts(n, asked, 3600)));
    let said = home.says(&[("AWS_PROFILE", "admin"), ("AWS_ENDPOINT_URL_STS", &cloud.endpoint)]);
    assert!(said.contains("id=ASIASECOND secret=secret-of-ASIASECOND source=profile admin, role admin"), "{said}");
}

#[test]
fn a_role_that_is_refused_says_by_whom_and_what_to_look_at() {
    let cloud = Cloud::start(|n, asked| sts(n, asked, 3600));
    let says =
        |config: &str| Home::new(config).says(&[("TEST_PROFILE", "reader"), ("AWS_ENDPOINT_URL_STS", &cloud.endpoint)]);
    let said = says(&ROLES.replace("ext/4711", "wrong"));
    assert!(
        said.contains(
            "AWS does not let the profile `reader` take on arn:aws:iam::2:role/team/reader: User: AKBASE is not"
        ),
        "{said}"
    );
    assert!(said.contains("has to trust the keys of `base`; if it asks for an external_id"), "{said}");
    let said = says(&ROLES.replace("base-secret", "other-secret"));
    assert!(said.contains("AWS does not take the keys of the profile `base`: The request signature we"), "{said}");
    assert!(said.contains("check [profile base]") && !said.contains("other-secret"), "{said}");
    let said = says(&ROLES.replace("aws_secret_access_key = base-secret\n", ""));
    assert!(
        said.contains("one half of a key stands in the profile `base`: its aws_secret_access_key is missing"),
        "{said}"
    );
    let said = Home::new(ROLES).says(&[("AWS_ACCESS_KEY_ID", "AK"), ("AWS_PROFILE", "base")]);
    assert!(said.contains("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not; set both, or unset"), "{said}");
    let said = Home::new(ROLES).says(&[("TEST_PROFILE", "reader"), ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")]);
    assert_eq!(
        said.lines().last().unwrap(),
        "NoCredentials=cannot find credentials: AWS STS, which gives the role of the profile `reader`, was not reached: nothing \
         listens there; check the network, HTTPS_PROXY and AWS_CA_BUNDLE"
    );
}

/// A home with a profile whose keys come from this shell script.
fn with_script(script: &str) -> Home {
    let home = Home::new("");
    let path = home.path().join("keys.sh");
    fs::write(&path, script.replace("HOME", home.path().to_str().unwrap())).unwrap();
    fs::write(
        home.path().join(".aws/config"),
        format!("[profile tool]\ncredential_process = /bin/sh {}\n", path.display()),
    )
    .unwrap();
    home
}

#[test]
fn a_program_that_gives_no_keys_is_told_with_what_it_said() {
    let says = |script: &str| with_script(script).says(&[("TEST_PROFILE", "tool"), ("TEST_STEPS", "get")]);
    let keys = |end: &str| {
        format!("echo '{{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"{end}\"}}'\n")
    };
    let slow = says(&format!("sleep 1\n{}", keys("2099-01-01T00:00:00Z")));
    assert!(slow.contains("id=A secret=s source=profile tool, credential_process"), "{slow}");
    let program = "the program that credential_process names in [profile tool]";
    let by_hand = "run it by hand: it has to print JSON with Version 1, AccessKeyId and SecretAccessKey";
    for (script, why) in [
        ("echo 'vault is sealed' >&2; exit 3", "ended with 3: vault is sealed; run it by hand, and see why"),
        ("exit 1", "ended with 1, and said nothing; run it by hand, and see why"),
    ] {
        assert_eq!(why_not(&says(script)), format!("{program} {why}"));
    }
    for (script, why) in [
        ("true", "printed nothing"),
        ("echo 'AKIAGARBAGE hidden-secret'", "printed what is no JSON object"),
        ("echo '{\"Version\":2,\"AccessKeyId\":\"A\"}'", "printed keys of Version 2, and only 1 is known"),
        ("echo '{\"Version\":1,\"AccessKeyId\":\"A\"}'", "printed JSON without SecretAccessKey"),
    ] {
        assert_eq!(why_not(&says(script)), format!("{program} {why}; {by_hand}"));
    }
    assert_eq!(
        why_not(&says(&keys("2020-01-01T00:00:00Z"))),
        "the keys that came (profile tool, credential_process) had ended already, at 2020-01-01T00:00:00Z; check this machine's \
         clock, and whatever hands out these keys"
    );
    let home = Home::new("[profile tool]\ncredential_process = no-such-helper --now\n");
    let missing = home.says(&[("TEST_PROFILE", "tool"), ("TEST_STEPS", "get")]);
    assert!(missing.contains(&format!("{program} ended with 127: sh: ")), "{missing}");
    assert!(missing.contains("no-such-helper: not found"), "{missing}");
}

#[test]
fn a_program_that_is_given_up_ends_with_all_that_it_started() {
    let home = with_script("sleep 600 3>HOME/held & wait");
    let held = home.path().join("held");
    assert!(Command::new("mkfifo").arg(&held).status().unwrap().success());
    // The pipe ends when nobody holds it open for writing.
    let ended = std::thread::spawn(move || fs::read(held).unwrap());
    let said = home.says(&[("TEST_PROFILE", "tool"), ("TEST_STEPS", "give-up")]);
    assert!(said.contains("given-up=true"), "{said}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !ended.is_finished() {
        assert!(Instant::now() < deadline, "what it started goes on");
        std::thread::yield_now();
    }
}

/// Why the last question got no keys.
fn why_not(said: &str) -> &str {
    let last = said.lines().last().unwrap();
    last.strip_prefix("NoCredentials=cannot find credentials: ").unwrap_or_else(|| panic!("{said}"))
}

/// A home with a profile behind single sign-on, and the token of a login, if there is one.
fn with_login(token: Option<&str>) -> Home {
    let home = Home::new(
        "[profile work]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = support\nregion = eu-west-1\n\
         [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n",
    );
    let cache = home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    if let Some(token) = token {
        fs::write(cache.join(LOGIN), token).unwrap();
    }
    home
}

/// Where the AWS tools keep the token of the session `corp`: the SHA-1 of that name.
const LOGIN: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/// A token that ends so many seconds from now.
fn token(seconds: i64, further: &str) -> String {
    let end = end_in(seconds);
    format!(
        r#"{{"startUrl":"https://example.awsapps.com/start","region":"eu-west-1","accessToken":"login-token","expiresAt":"{end}"{further}}}"#
    )
}

/// Single sign-on as it is: keys for a token that holds, and a new token for one that can be renewed.
fn single_sign_on(_: usize, asked: &Asked) -> Reply {
    let end = (Timestamp::now() + Duration::from_secs(3600)).as_millisecond();
    let keys = format!(
        r#"{{"roleCredentials":{{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":{end}}}}}"#
    );
    let refusal = |code: &str| format!(r#"{{"__type":"{code}","message":"No access"}}"#);
    let asks = |name: &str, value: &str| asked.body.contains(&format!(r#""{name}":"{value}""#));
    if asked.target == "/token" {
        let good = asks("grantType", "refresh_token") && asks("refreshToken", "again") && asks("clientSecret", "cs");
        return match good {
            true => (200, r#"{"accessToken":"renewed-token","expiresIn":28800,"tokenType":"Bearer"}"#.to_owned()),
            false => (400, refusal("InvalidGrantException")),
        };
    }
    match (asked.header("x-amz-sso_bearer_token"), asked.field("role_name").as_deref()) {
        ("login-token" | "renewed-token", Some("support")) => (200, keys),
        ("login-token" | "renewed-token", _) => (403, refusal("ForbiddenException")),
        _ => (401, refusal("UnauthorizedException")),
    }
}

#[test]
fn a_login_by_single_sign_on_gives_keys_as_long_as_it_holds_or_can_be_renewed() {
    let cloud = Cloud::start(single_sign_on);
    let says = |home: &Home| {
        home.says(&[
            ("TEST_PROFILE", "work"),
            ("TEST_STEPS", "get"),
            ("AWS_ENDPOINT_URL_SSO", &cloud.endpoint),
            ("AWS_ENDPOINT_URL_SSO_OIDC", &cloud.endpoint),
        ])
    };
    let said = says(&with_login(Some(&token(3600, ""))));
    assert!(said.contains("id=ASIASSO secret=s source=profile work, SSO expires=Some"), "{said}");

    let before = cloud.asked().len();
    let said = says(&with_login(Some(&token(-60, ""))));
    assert_eq!(
        why_not(&said),
        "the login by single sign-on of the profile `work` has ended; log in with `aws sso login --profile work`, and ask again"
    );
    assert_eq!(cloud.asked().len(), before, "nobody is asked with a token that has ended");

    let registration = format!(
        r#","clientId":"c","clientSecret":"cs","registrationExpiresAt":"{}","refreshToken":"again""#,
        end_in(86_400)
    );
    let home = with_login(Some(&token(-60, &registration)));
    let said = says(&home);
    assert!(said.contains("id=ASIASSO"), "{said}");
    let kept = fs::read_to_string(home.path().join(".aws/sso/cache").join(LOGIN)).unwrap();
    assert!(kept.contains("renewed-token"), "the next tool finds the new token: {kept}");
}

#[test]
fn a_login_that_does_not_hold_says_how_to_log_in_and_shows_no_token() {
    let cloud = Cloud::start(single_sign_on);
    let says = |home: &Home| {
        home.says(&[("TEST_PROFILE", "work"), ("TEST_STEPS", "get"), ("AWS_ENDPOINT_URL_SSO", &cloud.endpoint)])
    };
    let gone = token(3600, "").replace("login-token", "gone-token");
    let none =
        "there is no login by single sign-on of the profile `work` in ~/.aws/sso/cache, or none that can be read";
    for (token, why) in [
        (None, none),
        (Some("no JSON"), none),
        (Some(&*gone), "the single sign-on does not take the login of the profile `work` any more"),
    ] {
        let said = says(&with_login(token));
        assert_eq!(why_not(&said), format!("{why}; log in with `aws sso login --profile work`, and ask again"));
    }
    let home = with_login(Some(&token(3600, "")));
    let nobody = [("TEST_PROFILE", "work"), ("TEST_STEPS", "get"), ("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1")];
    assert_eq!(
        why_not(&home.says(&nobody)),
        "the single sign-on of the profile `work` was not reached: nothing listens there; check the network, HTTPS_PROXY and \
         AWS_CA_BUNDLE"
    );
    let home = with_login(Some(&token(3600, "")));
    let config = fs::read_to_string(home.path().join(".aws/config")).unwrap().replace("= support", "= other");
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let said = says(&home);
    assert!(said.contains("does not give the account and role of the profile `work`: No access"), "{said}");
    assert!(said.contains("check sso_account_id and sso_role_name in [profile work]"), "{said}");
}

#[test]
fn a_role_behind_a_login_names_the_profile_to_log_in_with() {
    let home = with_login(Some(&token(-60, "")));
    let mut config = fs::read_to_string(home.path().join(".aws/config")).unwrap();
    config.push_str("[profile prod]\nrole_arn = arn:aws:iam::3:role/admin\nsource_profile = work\n");
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let said = home.says(&[("TEST_PROFILE", "prod"), ("TEST_STEPS", "get")]);
    assert!(said.contains("log in with `aws sso login --profile work`, and ask again"), "{said}");
}

#[test]
fn a_token_in_a_file_is_exchanged_for_keys_without_a_signature() {
    let home = Home::new("");
    let file = home.path().join("token");
    fs::write(&file, "web-token").unwrap();
    let cloud = Cloud::start(|_, asked| {
        let field = |name| asked.field(name).unwrap_or_default();
        match (field("Action").as_str(), field("WebIdentityToken").as_str(), asked.header("authorization")) {
            ("AssumeRoleWithWebIdentity", "web-token", "") => {
                sts_keys("AssumeRoleWithWebIdentity", "ASIAWEB", &end_in(3600))
            }
            _ => sts_refusal(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account"),
        }
    });
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::2:role/pod"),
        ("AWS_ENDPOINT_URL_STS", &cloud.endpoint),
        ("AWS_REGION", "eu-west-1"),
        ("TEST_STEPS", "get"),
    ];
    let said = home.says(&variables);
    assert!(said.contains("id=ASIAWEB secret=secret-of-ASIAWEB source=web identity"), "{said}");
    fs::write(&file, "bad-token").unwrap();
    let said = home.says(&variables);
    assert!(said.contains("no keys for the web identity: No OpenIDConnect provider found"), "{said}");
    assert!(said.contains(&format!("check the token in {}, and whom", file.display())), "{said}");
    assert!(!said.contains("bad-token"), "{said}");
    fs::remove_file(&file).unwrap();
    assert_eq!(
        why_not(&home.says(&variables)),
        format!(
            "the token of the web identity cannot be read from {}: there is no such file; check AWS_WEB_IDENTITY_TOKEN_FILE; whoever \
             runs this machine puts the token there",
            file.display()
        )
    );
    assert_eq!(
        why_not(&home.says(&[variables[0], ("TEST_STEPS", "get")])),
        "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not; set AWS_ROLE_ARN to the role that the token is for, or unset \
         AWS_WEB_IDENTITY_TOKEN_FILE"
    );
}

#[test]
fn a_container_is_asked_with_the_token_that_its_file_holds_now() {
    let home = Home::new("");
    let file = home.path().join("token");
    fs::write(&file, "pod-token").unwrap();
    let cloud = Cloud::start(|_, asked| match (asked.target.as_str(), asked.header("authorization")) {
        ("/v1/credentials", "pod-token") => json_keys("ASIAPOD", &end_in(3600)),
        _ => (403, r#"{"code":"AccessDenied","message":"bad token"}"#.to_owned()),
    });
    let uri = format!("{}/v1/credentials", cloud.endpoint);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap()),
        ("TEST_STEPS", "get"),
    ];
    let said = home.says(&variables);
    assert!(said.contains("id=ASIAPOD secret=s source=container expires=Some"), "{said}");
    fs::write(&file, "old-token").unwrap();
    let said = home.says(&variables);
    let instead = "or add a store with its key (daypass store add), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    assert_eq!(
        why_not(&said),
        format!(
            "the endpoint that gives keys to this container answered with status 403; check AWS_CONTAINER_CREDENTIALS_FULL_URI or \
             _RELATIVE_URI, {instead}"
        )
    );
    fs::remove_file(&file).unwrap();
    assert_eq!(
        why_not(&home.says(&variables)),
        format!(
            "the token for the container's endpoint cannot be read from {}: there is no such file; check \
             AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, {instead}",
            file.display()
        )
    );
    for (uri, why) in [
        (
            "http://192.0.2.1/keys",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that may not give keys to a container by http; name a loopback address, \
             or one with https, ",
        ),
        (
            "http://127.0.0.1:1/keys",
            "the endpoint that gives keys to this container was not reached: nothing listens there; check \
             AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI, ",
        ),
    ] {
        let said = home.says(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri), ("TEST_STEPS", "get")]);
        assert_eq!(why_not(&said), format!("{why}{instead}"));
    }
}

#[test]
fn an_instance_is_asked_for_a_token_first_and_only_when_nothing_else_has_keys() {
    let cloud = metadata(|path| match path {
        "" => (200, "app-role".to_owned()),
        "app-role" => json_keys("ASIAEC2", &end_in(3600)),
        _ => (404, String::new()),
    });
    let home = Home::new(FILES);
    let at = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.endpoint.as_str());
    let on = ("AWS_EC2_METADATA_DISABLED", "false");
    home.says(&[at, on, ("TEST_PROFILE", "support"), ("TEST_STEPS", "get")]);
    home.says(&[at, on, KEYS[0], KEYS[1], ("TEST_STEPS", "get")]);
    home.says(&[at, on, ("AWS_PROFILE", "nowhere"), ("TEST_STEPS", "get")]);
    let bare = Home::new("[default]\nregion = eu-west-1\n");
    bare.says(&[at, on, ("TEST_STEPS", "")]);
    bare.says(&[at, ("AWS_EC2_METADATA_DISABLED", "true"), ("TEST_STEPS", "get")]);
    assert_eq!(cloud.asked().len(), 0, "{:?}", cloud.asked());
    let said = bare.says(&[at, on]);
    assert!(said.contains("id=ASIAEC2 secret=s source=instance role expires=Some"), "{said}");
    let methods: Vec<String> = cloud.asked().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods, ["PUT", "GET", "GET"]);
}

#[test]
fn an_instance_that_gives_no_keys_says_why() {
    let asks = |endpoint: &str, disabled: &str, more: &[(&str, &str)]| {
        let home =
            Home::new("[profile app]\nrole_arn = arn:aws:iam::1:role/app\ncredential_source = Ec2InstanceMetadata\n");
        let variables = [
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint),
            ("AWS_EC2_METADATA_DISABLED", disabled),
            ("TEST_STEPS", "get"),
        ];
        home.says(&[variables.as_slice(), more].concat())
    };
    let bare = metadata(|_| (404, String::new()));
    let others = "or name a profile, with --profile or by P on the screen; there are: app";
    assert_eq!(
        why_not(&asks(&bare.endpoint, "false", &[])),
        format!("this instance has no role, and no other source has credentials; attach a role to it, {others}")
    );
    let refusing = Cloud::start(|_, _| (403, String::new()));
    let refuses = "the metadata service of an EC2 instance refuses to give keys; its metadata options may have switched that off \
        (http-endpoint), ";
    assert_eq!(why_not(&asks(&refusing.endpoint, "false", &[])), format!("{refuses}{others}"));
    let named = [("TEST_PROFILE", "app")];
    let instead = "or let [profile app] take its keys from elsewhere";
    assert_eq!(why_not(&asks(&refusing.endpoint, "false", &named)), format!("{refuses}{instead}"));
    assert_eq!(
        why_not(&asks(&bare.endpoint, "false", &named)),
        format!("this instance has no role; attach one to it, {instead}")
    );
    assert_eq!(
        why_not(&asks("http://127.0.0.1:1", "false", &named)),
        format!(
            "the metadata service of an EC2 instance was not reached: nothing listens there; run it on an instance whose metadata is \
             on, {instead}"
        )
    );
    assert_eq!(
        why_not(&asks("http://127.0.0.1:1", "true", &named)),
        format!(
            "the metadata service of an EC2 instance is not asked, as AWS_EC2_METADATA_DISABLED is set; unset it on an instance, \
             {instead}"
        )
    );
}

#[test]
fn a_profile_that_leads_to_no_keys_says_which_line_to_change() {
    let role = "role_arn = arn:aws:iam::2:role/admin\n";
    let sso = "sso_session = s\nsso_account_id = 1\n";
    for (profile, why) in [
        (
            format!("{role}source_profile = gone"),
            "[profile p] takes its keys from source_profile = gone, and there is no such profile; there are: p",
        ),
        (
            format!("{role}source_profile = q\n[profile q]\n{role}source_profile = p"),
            "source_profile leads in a circle: p → q → p; let one of them have keys of its own, or take them from another profile",
        ),
        (
            format!("{role}source_profile = p"),
            "the profile `p` takes on its role with keys of its own, and has none; give it a key, a role_arn with source_profile, an \
             sso_session or a credential_process",
        ),
        (
            format!("{role}source_profile = q\n[profile q]\nregion = eu-west-1"),
            "the profile `p` takes its keys from `q`, which says nothing of keys; give it a key, a role_arn with source_profile, an \
             sso_session or a credential_process",
        ),
        (
            role.to_owned(),
            "[profile p] has a role_arn, and says nothing of whose keys take it on; write source_profile = NAME into it, or \
             credential_source = Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        (
            format!("{role}source_profile = q\ncredential_source = Environment"),
            "[profile p] has both source_profile and credential_source; leave one of them out",
        ),
        (
            format!("{role}credential_source = Ec2"),
            "credential_source = Ec2 in [profile p] is none that is known; write Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        (
            format!("{role}credential_source = Environment"),
            "[profile p] takes its keys from the variables, and AWS_ACCESS_KEY_ID is not set; set AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or write another credential_source",
        ),
        (
            "web_identity_token_file = /token".to_owned(),
            "[profile p] has web_identity_token_file, and role_arn is missing; write role_arn into it",
        ),
        (
            format!("{role}web_identity_token_file = /no/token"),
            "the token of the web identity cannot be read from /no/token: there is no such file; check web_identity_token_file in \
             [profile p]; whoever runs this machine puts the token there",
        ),
        (
            format!("{sso}sso_role_name = r"),
            "[profile p] names sso_session = s, and there is no [sso-session s]; aws configure sso-session makes one",
        ),
        (
            format!("{sso}[sso-session s]\nsso_region = r\nsso_start_url = u"),
            "[profile p] has sso_session, and sso_role_name is missing; write sso_role_name into it",
        ),
    ] {
        let home = Home::new(&format!("[profile p]\n{profile}\n"));
        for variable in ["TEST_PROFILE", "AWS_PROFILE"] {
            assert_eq!(why_not(&home.says(&[(variable, "p"), ("TEST_STEPS", "get")])), why, "{profile}");
        }
    }
}

#[test]
fn a_file_of_profiles_that_cannot_be_read_says_where_and_what_to_write() {
    let home = Home::new("");
    let file = home.path().join(".aws/config");
    for (text, why) in [
        (
            "[profile a]\nregion = r\n[profile b\n",
            " on line 3: the heading of a section does not end; write a `]` at its end",
        ),
        ("[profile a]\nthis is wrong\n", " on line 2: there is no `=`; write `key = value`, or # before a remark"),
        (
            "region = r\n",
            " on line 1: a key stands before the first section; write [default] or [profile NAME] above it",
        ),
        ("[profile a]\n= x\n", " on line 2: there is nothing before the `=`; write `key = value`"),
    ] {
        fs::write(&file, text).unwrap();
        let said = home.says(&[("TEST_PROFILE", "a"), ("TEST_STEPS", "get")]);
        assert!(said.contains(&format!("{}{why}", file.display())), "{said}");
    }
    fs::write(&file, b"[profile a]\nregion = \xff\n").unwrap();
    let said = home.says(&[("TEST_PROFILE", "a"), ("TEST_STEPS", "get")]);
    assert!(said.contains(&format!("{} cannot be read: it is no text in UTF-8", file.display())), "{said}");
}

#[test]
fn an_address_that_is_none_is_told_by_its_variable() {
    let home = Home::new(ROLES);
    for address in ["", "nonsense"] {
        let said = home.says(&[("TEST_PROFILE", "reader"), ("AWS_ENDPOINT_URL_STS", address), ("TEST_STEPS", "get")]);
        assert_eq!(
            why_not(&said),
            "what AWS_ENDPOINT_URL_STS is set to is no address; write https:// and a host, or unset it"
        );
    }
    let page = Cloud::start(|_, _| (403, "<html>no</html>".to_owned()));
    let said =
        home.says(&[("TEST_PROFILE", "reader"), ("AWS_ENDPOINT_URL_STS", &page.endpoint), ("TEST_STEPS", "get")]);
    assert_eq!(
        why_not(&said),
        "AWS STS, which gives the role of the profile `reader`, answered with status 403, and not as STS does; check \
         AWS_ENDPOINT_URL_STS; a proxy or a login page may be in between"
    );
}

/// A store that lists its buckets for one key, and says of all others that they have ended.
fn store_for(good: impl Fn(usize) -> &'static str + Send + Sync + 'static) -> Cloud {
    Cloud::start(move |number, asked| match asked.header("authorization").contains(good(number)) {
        true => (200, "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>".to_owned()),
        false => (400, "<Error><Code>ExpiredToken</Code><Message>The token has expired</Message></Error>".to_owned()),
    })
}

#[test]
fn keys_are_renewed_shortly_before_their_end_and_nobody_waits_for_it() {
    let (home, cloud) = (Home::new(ROLES), Cloud::start(|n, asked| sts(n, asked, 3600)));
    let store = store_for(|number| if number == 0 { "ASIAFIRST" } else { "ASIASECOND" });
    let said = home.says(&[
        ("TEST_PROFILE", "reader"),
        ("AWS_ENDPOINT_URL_STS", &cloud.endpoint),
        ("TEST_STORE", &store.endpoint),
        ("TEST_STEPS", "list wait:3000 get wait:400 get until:ASIASECOND list get"),
    ]);
    let ids: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("id=")?.split(' ').next()).collect();
    assert_eq!(ids, ["ASIAFIRST", "ASIAFIRST", "ASIASECOND"], "{said}");
    assert_eq!(said.matches("list=Ok").count(), 2, "{said}");
    assert_eq!(cloud.asked().len(), 2, "asked once for each");
}

#[test]
fn where_renewal_fails_the_old_keys_serve_to_their_end() {
    let home = Home::new(ROLES);
    let cloud = Cloud::start(|n, asked| match n {
        0 => sts(n, asked, 3600),
        _ => sts_refusal(403, "AccessDenied", "the role was taken away"),
    });
    let said = home.says(&[
        ("TEST_PROFILE", "reader"),
        ("AWS_ENDPOINT_URL_STS", &cloud.endpoint),
        ("TEST_STEPS", "get wait:3400 get get told get wait:100 get wait:150 get"),
    ]);
    assert_eq!(said.matches("id=ASIAFIRST").count(), 5, "{said}");
    assert_eq!(said.matches("told=cannot renew the credentials: ").count(), 1, "told once: {said}");
    assert!(said.contains("those in use still work until "), "{said}");
    let last = said.lines().rfind(|line| !line.starts_with("told=")).unwrap();
    assert!(last.starts_with("NoCredentials=") && last.contains("the role was taken away"), "{said}");
    assert!(cloud.asked().len() <= 4, "{} times", cloud.asked().len());
}

#[test]
fn keys_that_a_store_calls_ended_are_asked_for_anew_once_for_all_requests() {
    let (home, cloud) = (Home::new(ROLES), Cloud::start(|n, asked| sts(n, asked, 3600)));
    let store = store_for(|_| "ASIASECOND");
    let said = home.says(&[
        ("TEST_PROFILE", "reader"),
        ("AWS_ENDPOINT_URL_STS", &cloud.endpoint),
        ("TEST_STORE", &store.endpoint),
        ("TEST_STEPS", "all:20"),
    ]);
    assert_eq!(said.matches("all=true").count(), 20, "{said}");
    assert_eq!(cloud.asked().len(), 2, "asked once for the first keys and once for the second");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_a_role_is_trusted_by_the_bundle_of_the_aws_tools() {
    let (home, authority, other) = (Home::new(ROLES), Authority::new(), Authority::new());
    let (_, keys) = sts_keys("AssumeRole", "ASIATLS", "2099-01-01T00:00:00Z");
    let server = TlsServer::start(authority.vouches(|_| {}), keys.leak()).await;
    let says = |bundle: &str, text: &str| {
        let file = home.path().join(bundle);
        fs::write(&file, text).unwrap();
        let (profile, sts) = (("TEST_PROFILE", "reader"), ("AWS_ENDPOINT_URL_STS", server.endpoint.as_str()));
        let bundle = ("AWS_CA_BUNDLE", file.to_str().unwrap());
        tokio::task::block_in_place(|| home.says(&[profile, sts, bundle, ("TEST_STEPS", "get")]))
    };
    let said = says("both.pem", &(other.pem.clone() + &authority.pem));
    assert!(said.contains("id=ASIATLS"), "{said}");
    let said = {
        let file = home.path().join("own.pem");
        fs::write(&file, &authority.pem).unwrap();
        let own = Home::new(
            &format!("{ROLES}ca_bundle = {}\n", file.display()).replace("= reader", "= base\nexternal_id = x"),
        );
        let (profile, sts) = (("TEST_PROFILE", "admin"), ("AWS_ENDPOINT_URL_STS", server.endpoint.as_str()));
        tokio::task::block_in_place(|| own.says(&[profile, sts, ("TEST_STEPS", "get")]))
    };
    assert!(said.contains("id=ASIATLS"), "by the profile's ca_bundle: {said}");
    let said = says("other.pem", &other.pem);
    assert!(said.contains("NoCredentials=") && said.contains("AWS_CA_BUNDLE"), "{said}");
    for unusable in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let said = says("broken.pem", unusable);
        assert!(said.contains("NoCredentials=") && said.contains("broken.pem cannot be used: "), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_trusted_by_the_bundle_of_its_profile() {
    let (authority, other) = (Authority::new(), Authority::new());
    let buckets = "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>";
    let server = TlsServer::start(authority.vouches(|_| {}), buckets).await;
    let says = |bundle: &str| {
        let home = Home::new("");
        let file = home.path().join("bundle.pem");
        fs::write(&file, bundle).unwrap();
        let keys = "aws_access_key_id = A\naws_secret_access_key = s";
        let config = format!("[profile p]\n{keys}\nca_bundle = {}\n", file.display());
        fs::write(home.path().join(".aws/config"), config).unwrap();
        let asked = [("TEST_PROFILE", "p"), ("TEST_STORE", server.endpoint.as_str()), ("TEST_STEPS", "list")];
        tokio::task::block_in_place(|| home.says(&asked))
    };
    assert!(says(&authority.pem).contains("list=Ok"), "{}", says(&authority.pem));
    let said = says(&other.pem);
    assert!(said.contains("list=Err") && said.contains("certificate"), "{said}");
}

#[test]
fn a_request_is_sent_as_often_as_the_profile_or_its_mode_says() {
    let keys = "[profile p]\naws_access_key_id = A\naws_secret_access_key = s\n";
    for (fields, mode, times) in [
        ("max_attempts = 2", "", 2),
        ("retry_mode = standard", "", 3),
        ("retry_mode = standard\nmax_attempts = 1", "", 1),
        ("retry_mode = legacy", "adaptive", 3),
    ] {
        let store = Cloud::start(|_, _| (500, "<Error><Code>InternalError</Code></Error>".to_owned()));
        let home = Home::new(&format!("{keys}{fields}\n"));
        let usual = [("TEST_PROFILE", "p"), ("TEST_STORE", store.endpoint.as_str()), ("TEST_STEPS", "list")];
        let said = home.says(&[usual.as_slice(), &[("AWS_RETRY_MODE", mode)]].concat());
        assert_eq!(store.asked().len(), times, "{fields} {mode}: {said}");
    }
    for (fields, why) in [
        (
            "max_attempts = many",
            "max_attempts = many in [profile p] is no number of attempts; write a number from 1 on",
        ),
        (
            "retry_mode = never",
            "retry_mode = never in [profile p] is no way to try again; write legacy, standard or adaptive",
        ),
    ] {
        let said = Home::new(&format!("{keys}{fields}\n")).says(&[("TEST_PROFILE", "p")]);
        assert!(said.starts_with("failure=cannot open `") && said.contains(why), "{said}");
    }
}

const WITH_CODE: &str = "[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = base-secret\n\
    [profile admin]\nrole_arn = arn:aws:iam::3:role/admin\nsource_profile = base\nregion = eu-west-1\n\
    mfa_serial = arn:aws:iam::1:mfa/ada\nduration_seconds = 7200\n";

/// STS where the role wants the code of a device: the codes that are good, each once.
fn sts_with_code(good: &'static [&'static str]) -> Cloud {
    let used = Mutex::new(Vec::new());
    Cloud::start(move |_, asked| {
        let field = |name| asked.field(name).unwrap_or_default();
        if asked.signer(secret_of).as_deref() != Some("AKBASE") || field("SerialNumber") != "arn:aws:iam::1:mfa/ada" {
            return sts_refusal(403, "AccessDenied", "not authorized to perform: sts:AssumeRole");
        }
        let (code, mut used) = (field("TokenCode"), used.lock().unwrap());
        if !good.contains(&code.as_str()) || used.contains(&code) {
            let message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
            return sts_refusal(403, "AccessDenied", message);
        }
        used.push(code);
        let id = ["ASIAFIRST", "ASIASECOND"].get(used.len() - 1).unwrap();
        sts_keys("AssumeRole", id, &end_in(field("DurationSeconds").parse::<i64>().unwrap() * used.len() as i64))
    })
}

#[test]
fn a_role_that_wants_a_code_asks_for_it_once_however_many_requests_wait() {
    let (home, cloud) = (Home::new(WITH_CODE), sts_with_code(&["123456", "654321"]));
    let store = store_for(|_| "ASIA");
    let said = home.says(&[
        ("TEST_PROFILE", "admin"),
        ("TEST_CODES", "123456 654321"),
        ("AWS_ENDPOINT_URL_STS", &cloud.endpoint),
        ("TEST_STORE", &store.endpoint),
        // In the last minutes nobody is asked for a code; at the end, once more.
        ("TEST_STEPS", "all:20 get wait:7000 get wait:300 all:20 get"),
    ]);
    assert!(said.contains("device=arn:aws:iam::1:mfa/ada profile=admin"), "{said}");
    assert_eq!(said.matches("all=true").count(), 40, "{said}");
    let ids: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("id=")?.split(' ').next()).collect();
    assert_eq!(ids, ["ASIAFIRST", "ASIAFIRST", "ASIASECOND"], "{said}");
    assert!(said.contains("source=profile admin, role admin") && said.matches("device=").count() == 2, "{said}");
}

#[test]
fn a_code_that_is_wrong_or_not_given_is_told_and_asked_for_again_with_the_next_request() {
    let (home, cloud) = (Home::new(WITH_CODE), sts_with_code(&["123456"]));
    let said = home.says(&[
        ("TEST_PROFILE", "admin"),
        ("TEST_CODES", "999999 - 123456"),
        ("AWS_ENDPOINT_URL_STS", &cloud.endpoint),
        ("TEST_STEPS", "get get get"),
    ]);
    assert!(said.contains("AWS does not take the code: MultiFactorAuthentication failed with invalid MFA"), "{said}");
    assert!(said.contains("asks for the code of arn:aws:iam::1:mfa/ada, and it was not given"), "{said}");
    assert!(said.contains("id=ASIAFIRST"), "{said}");
    assert!(!said.contains("999999") && !said.contains("123456"), "no code is shown: {said}");
}

#[test]
fn what_copying_left_in_a_key_is_told_before_anything_is_signed() {
    let home = Home::new("[profile blank]\naws_access_key_id = AK BLANK\naws_secret_access_key = hidden\n");
    let says = |variables: &[(&str, &str)]| home.says(variables);
    let secret = says(&[KEYS[0], ("AWS_SECRET_ACCESS_KEY", "hidden-secret\n")]);
    assert!(
        secret.contains(
            "BadCredentials=cannot find credentials: the secret key ends with white space (from environment)"
        ),
        "{secret}"
    );
    assert!(secret.contains("copy it again, alone") && !secret.contains("hidden"), "{secret}");
    let id = says(&[("AWS_ACCESS_KEY_ID", " AKENV"), KEYS[1]]);
    assert!(id.contains("the key id begins with white space (from environment)"), "{id}");
    let file = says(&[("TEST_PROFILE", "blank")]);
    assert!(
        file.contains("the key id has white space in it (from profile blank)") && !file.contains("hidden"),
        "{file}"
    );
}
