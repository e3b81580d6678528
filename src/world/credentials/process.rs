//! The keys that the program of a profile's `credential_process` prints: run by the shell, as the AWS libraries do, but in a way
//! that lets it be ended. Its output is read here, so that what is wrong with it can be said.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_credential_types::Credentials as Keys;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::process::Command;

use super::PATIENCE;
use crate::world::Terminal;
use crate::world::program;

/// What such a program has to do.
const HINT: &str = "run it by hand: it has to print JSON with Version 1, AccessKeyId and SecretAccessKey";

/// What happened instead of keys, which follows the program's name, and what to do.
pub(super) type Trouble = (String, &'static str);

/// Runs the program and reads the keys that it prints.
pub(super) async fn ask(line: &str, terminal: Terminal) -> Result<Keys, Trouble> {
    let mut command = Command::new("sh");
    command.args(["-c", &*for_shell(line)]);
    let printed = program::output(command, PATIENCE, terminal).await.map_err(|trouble| trouble.words())?;
    keys(&printed).map_err(|how| (how, HINT))
}

/// The line as the shell gets it. A plain command takes the shell's place, so that it is itself what is waited for and ended.
fn for_shell(line: &str) -> Cow<'_, str> {
    let sets_variable = line.split_whitespace().next().is_none_or(|first| first.contains('='));
    let is_plain = !sets_variable && !line.contains([';', '|', '&', '<', '>', '(', ')', '{', '}', '`', '\n', '#', '!']);
    if is_plain { Cow::Owned(format!("exec {line}")) } else { Cow::Borrowed(line) }
}

/// The keys in what was printed; or what is wrong with it, without any of it.
fn keys(printed: &[u8]) -> Result<Keys, String> {
    if printed.trim_ascii().is_empty() {
        return Err("printed nothing".to_owned());
    }
    let fields: Map<String, Value> =
        serde_json::from_slice(printed).map_err(|_| "printed what is no JSON object".to_owned())?;
    match fields.get("Version") {
        Some(version) if version.as_i64() == Some(1) => {}
        Some(Value::Number(version)) => return Err(format!("printed keys of Version {version}, and only 1 is known")),
        Some(_) => return Err("printed a Version that is no number".to_owned()),
        None => return Err("printed JSON without Version".to_owned()),
    }
    let text = |name| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let needed = |name| text(name).ok_or_else(|| format!("printed JSON without {name}"));
    let (id, secret) = (needed("AccessKeyId")?, needed("SecretAccessKey")?);
    let no_time = || "printed an Expiration that is no time such as 2026-01-31T12:00:00Z".to_owned();
    let end = match text("Expiration") {
        Some(end) => {
            Some(end.parse::<Timestamp>().ok().and_then(|end| SystemTime::try_from(end).ok()).ok_or_else(no_time)?)
        }
        None => None,
    };
    Ok(Keys::new(id, secret, text("SessionToken").map(str::to_owned), end, "process"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wrong_with_the_output_is_told_without_it() {
        for (printed, wrong) in [
            ("", "printed nothing"),
            (" \n", "printed nothing"),
            ("hidden", "printed what is no JSON object"),
            ("[\"hidden\"]", "printed what is no JSON object"),
            (r#"{"AccessKeyId":"hidden","SecretAccessKey":"s"}"#, "printed JSON without Version"),
            (
                r#"{"Version":2,"AccessKeyId":"hidden","SecretAccessKey":"s"}"#,
                "printed keys of Version 2, and only 1 is known",
            ),
            (r#"{"Version":"1","AccessKeyId":"hidden","SecretAccessKey":"s"}"#, "printed a Version that is no number"),
            (r#"{"Version":1,"SecretAccessKey":"hidden"}"#, "printed JSON without AccessKeyId"),
            (r#"{"Version":1,"AccessKeyId":"hidden","SecretAccessKey":""}"#, "printed JSON without SecretAccessKey"),
            (
                r#"{"Version":1,"AccessKeyId":"hidden","SecretAccessKey":"s","Expiration":"soon"}"#,
                "printed an Expiration that is no time such as 2026-01-31T12:00:00Z",
            ),
        ] {
            assert_eq!(keys(printed.as_bytes()).unwrap_err(), wrong, "{printed}");
        }
    }

    #[test]
    fn a_plain_command_takes_the_place_of_the_shell() {
        assert_eq!(for_shell("/opt/my\\ tool --for \"$USER\" 'a b'"), "exec /opt/my\\ tool --for \"$USER\" 'a b'");
        for line in ["a; b", "a | b", "A=1 b", "a && b", "(a)", "", "if a\nthen b\nfi"] {
            assert_eq!(for_shell(line), line);
        }
    }

    #[test]
    fn keys_come_with_token_and_end() {
        let printed = r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t",
            "Expiration":"2099-01-01T01:00:00+01:00","AccountId":"1"}"#;
        let keys = keys(printed.as_bytes()).unwrap();
        assert_eq!((keys.access_key_id(), keys.secret_access_key(), keys.session_token()), ("A", "s", Some("t")));
        let end = keys.expiry().and_then(|end| Timestamp::try_from(end).ok());
        assert_eq!(end, "2099-01-01T00:00:00Z".parse().ok());
    }

    proptest! {
        #[test]
        fn any_output_is_read_or_refused(printed in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = keys(&printed);
        }
    }
}
