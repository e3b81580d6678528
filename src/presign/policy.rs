//! Upload forms: a browser's POST that may set the key below a prefix and the size within a range, which no PUT link can.
//!
//! What a form may send is a policy, a JSON document that is signed in its Base64 form (S3 API reference,
//! "Authenticating requests in browser-based uploads using POST"). Backblaze B2 and Cloudflare R2 know no such forms.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use thiserror::Error;

use super::expiry::Lifetime;
use super::link::{LimitedBy, SignedUrl};
use super::sign::{Life, LinkError, Signer, check_address, check_credentials};
use super::sigv4::{self, Scope, SigningKey, Stamp};
use crate::s3::address::{Address, AddressingStyle};
use crate::s3::name::{BucketName, Key, NameError, Prefix};
use crate::s3::size::SizeRange;
use crate::s3::text::visible;

/// What the store puts the name of the sent file in for, in the value of a form's `key`.
const FILE_NAME: &str = "${filename}";

/// A form to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormRequest {
    /// Where to.
    pub bucket: BucketName,
    /// Under which key.
    pub key: KeyRule,
    /// Further fields, such as `Content-Type` or `success_action_status`: their names, and what they may hold.
    pub fields: Vec<(String, FieldRule)>,
    /// How large the file may be; `None` leaves it to the store.
    pub size: Option<SizeRange>,
    /// For how long from the moment of signing. Its 7 days at most are also the longest that the signature's day is taken.
    pub lifetime: Lifetime,
}

/// Which keys a form may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRule {
    /// This one, whatever the file is called.
    Exactly(Key),
    /// Those below a prefix; the form as made appends the name of the file.
    StartsWith(Prefix),
}

/// What a field may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRule {
    /// Nothing else than this.
    Exactly(String),
    /// Anything that starts so.
    StartsWith {
        /// How it must start; empty allows any value.
        start: String,
        /// What the form holds as made; whoever sends it may change it.
        value: String,
    },
}

/// Why a form is not made. No variant carries a secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FormError {
    /// What a link is refused for, too.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// No key could be so long.
    #[error(transparent)]
    Key(#[from] NameError),
    /// No file could be sent.
    #[error("no file has at least {min} and at most {max} bytes: give the smaller number first")]
    Size {
        /// The fewest bytes.
        min: u64,
        /// The most bytes.
        max: u64,
    },
    /// The store would put the file's name into the key.
    #[error(
        "the key holds `{FILE_NAME}`, for which a store puts the name of the sent file: choose another key, or a prefix"
    )]
    KeyVariable,
    /// No form field has such a name.
    #[error("`{name}` cannot be the name of a form field: use letters, digits and `-` or `_`")]
    FieldName {
        /// What was given.
        name: String,
    },
    /// The form sets it itself.
    #[error("the field `{name}` cannot be given, because the form sets it itself: leave it out")]
    FieldReserved {
        /// The field.
        name: String,
    },
    /// A policy has one rule for each field.
    #[error("the field `{name}` is given twice: give it once")]
    FieldTwice {
        /// The field.
        name: String,
    },
    /// Browsers change line ends in fields, so that the policy would no longer allow them.
    #[error("the field `{name}` holds a line end or another control character, which a form does not send as it is")]
    FieldValue {
        /// The field.
        name: String,
    },
    /// The form would be refused as it was made.
    #[error("the value of the field `{name}` does not start as the rule for it demands: change one of the two")]
    FieldStart {
        /// The field.
        name: String,
    },
}

/// A signed form, with what a person must know before handing it on.
#[derive(Clone, Debug)]
pub struct UploadForm {
    /// What was asked for.
    pub request: FormRequest,
    /// Where it is posted to; no secret.
    pub action: String,
    /// The key that it writes; `${filename}` in it stands for the name of the sent file.
    pub key: Key,
    /// What it sends before the file.
    pub fields: FormFields,
    /// The time it was signed for, to the second.
    pub signed_at: Timestamp,
    /// When it stops working: the asked end or the credentials' end, whichever comes first.
    pub ends_at: Timestamp,
    /// Which of the two that is.
    pub limited_by: LimitedBy,
    /// The access key id that signed it.
    pub access_key_id: String,
    /// Where those credentials came from.
    pub source: String,
}

/// The fields that let their holder in, in the order in which they must be sent. `Debug` shows only that there are some.
#[derive(Clone, PartialEq, Eq)]
pub struct FormFields(Vec<Field>);

/// One field of a form.
#[derive(Clone, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    /// Whether whoever sends the form may change the value.
    is_open: bool,
}

impl FormFields {
    /// Names and values, for what the user asks for. The file follows them in a field `file`, which must be the last.
    pub fn expose(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|field| (field.name.as_str(), field.value.as_str()))
    }
}

impl fmt::Debug for FormFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormFields(…)")
    }
}

/// Signs a form as of `now`. The same arguments give the same form.
pub fn sign_form(request: &FormRequest, signer: &Signer, now: Timestamp) -> Result<UploadForm, FormError> {
    let Signer { address, credentials, .. } = signer;
    check_credentials(credentials, now)?;
    check_address(address)?;
    check(request)?;
    let Life { signed_at, ends_at, limited_by, .. } = signer.life(request.lifetime, None, now)?;

    let stamp = Stamp::new(signed_at);
    let scope = Scope { day: stamp.day().to_owned(), region: address.region.clone(), service: "s3".to_owned() };
    let mut signing = vec![
        fixed("x-amz-algorithm", sigv4::ALGORITHM),
        fixed("x-amz-credential", &format!("{}/{scope}", credentials.access_key_id)),
        fixed("x-amz-date", &stamp.to_string()),
    ];
    if let Some(token) = &credentials.session_token {
        signing.push(fixed("x-amz-security-token", token.expose_secret()));
    }
    let policy = encoded(&policy(request, &signing, ends_at));
    let key = written_key(&request.key)?;
    let mut fields = vec![fixed("key", key.as_str())];
    fields.extend(request.fields.iter().map(|(name, rule)| open_field(name, rule)));
    fields.extend(signing);
    let signature = SigningKey::derive(&credentials.secret_access_key, &scope).sign(&policy);
    fields.push(fixed("policy", &policy));
    fields.push(fixed("x-amz-signature", &signature));

    Ok(UploadForm {
        request: request.clone(),
        action: action(address, &request.bucket),
        key,
        fields: FormFields(fields),
        signed_at,
        ends_at,
        limited_by,
        access_key_id: credentials.access_key_id.clone(),
        source: credentials.source.clone(),
    })
}

impl UploadForm {
    /// What stands for the form where links are told apart: where it goes, and what lets its holder in.
    pub(super) fn as_url(&self) -> SignedUrl {
        let named = |name: &str| self.fields.expose().find_map(|(field, value)| (field == name).then_some(value));
        let token = named("x-amz-security-token").map(|token| format!("&X-Amz-Security-Token={token}"));
        let signature = named("x-amz-signature").unwrap_or_default();
        SignedUrl::new(format!("{}?X-Amz-Signature={signature}{}", self.action, token.unwrap_or_default()))
    }

    /// The form as a `curl` command for a POSIX shell that sends `file`. A secret, as a link is.
    pub fn expose_as_curl(&self, file: &str) -> String {
        let file_name = file.rsplit('/').next().unwrap_or_default();
        let mut command = "curl --fail-with-body".to_owned();
        for (name, value) in self.fields.expose() {
            // Not every store puts the file's name in, and here it is known.
            let value = if name == "key" { value.replace(FILE_NAME, file_name) } else { value.to_owned() };
            // Other than -F, this reads no meaning into `@`, `<` and `;`.
            command.push_str(&format!(" \\\n  --form-string {}", quoted(&format!("{name}={value}"))));
        }
        let file = file.replace('\\', "\\\\").replace('"', "\\\"");
        command.push_str(&format!(
            " \\\n  -F {} \\\n  {}\n",
            quoted(&format!("file=@\"{file}\"")),
            quoted(&self.action)
        ));
        command
    }

    /// The form as a page of HTML that needs nothing else. A secret, as a link is.
    pub fn expose_as_html(&self) -> String {
        let bucket = &self.request.bucket;
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Upload to {bucket}</title>\n\
             <h1>Upload to {bucket}</h1>\n<p>{}</p>\n\
             <form action=\"{}\" method=\"post\" enctype=\"multipart/form-data\">\n",
            escaped(&self.terms()),
            escaped(&self.action),
        );
        for Field { name, value, is_open } in &self.fields.0 {
            let (name, value) = (escaped(name), escaped(value));
            page.push_str(&match is_open {
                true => format!("<p><label>{name} <input name=\"{name}\" value=\"{value}\" size=\"60\"></label></p>\n"),
                false => format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n"),
            });
        }
        page.push_str(
            "<p><input type=\"file\" name=\"file\" required></p>\n<p><button>Upload</button></p>\n</form>\n</html>\n",
        );
        page
    }

    /// What the sender must know, in a sentence or two.
    fn terms(&self) -> String {
        let end = self.ends_at.strftime("%Y-%m-%d %H:%M:%S UTC");
        match self.request.size {
            Some(SizeRange { min, max }) => format!("A file of {min} to {max} bytes. This form works until {end}."),
            None => format!("This form works until {end}."),
        }
    }
}

/// The policy that allows what was asked and the fields of its signature, in ASCII as the S3 documentation demands.
fn policy(request: &FormRequest, signing: &[Field], ends_at: Timestamp) -> String {
    let exactly = |name: &str, value: &str| Value::Object([(name.to_owned(), json!(value))].into_iter().collect());
    let starts_with = |name: &str, start: &str| json!(["starts-with", format!("${name}"), start]);
    let mut conditions = vec![exactly("bucket", request.bucket.as_str())];
    conditions.push(match &request.key {
        KeyRule::Exactly(key) => json!(["eq", "$key", key.as_str()]),
        KeyRule::StartsWith(prefix) => starts_with("key", prefix.as_str()),
    });
    for (name, rule) in &request.fields {
        conditions.push(match rule {
            FieldRule::Exactly(value) => json!(["eq", format!("${name}"), value]),
            FieldRule::StartsWith { start, .. } => starts_with(name, start),
        });
    }
    if let Some(SizeRange { min, max }) = request.size {
        conditions.push(json!(["content-length-range", min, max]));
    }
    conditions.extend(signing.iter().map(|field| exactly(&field.name, &field.value)));
    let expiration = ends_at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    ascii(&json!({ "expiration": expiration, "conditions": conditions }).to_string())
}

/// JSON with every other character than ASCII as `\uXXXX`, which only strings can hold.
fn ascii(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for c in json.chars() {
        match c.is_ascii() {
            true => ascii.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| ascii.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    ascii
}

/// What is signed and sent of a policy.
fn encoded(policy: &str) -> String {
    STANDARD.encode(policy)
}

fn written_key(rule: &KeyRule) -> Result<Key, NameError> {
    match rule {
        KeyRule::Exactly(key) => Ok(key.clone()),
        KeyRule::StartsWith(prefix) => prefix.join(FILE_NAME),
    }
}

fn open_field(name: &str, rule: &FieldRule) -> Field {
    match rule {
        FieldRule::Exactly(value) => fixed(name, value),
        FieldRule::StartsWith { value, .. } => Field { is_open: true, ..fixed(name, value) },
    }
}

fn fixed(name: &str, value: &str) -> Field {
    Field { name: name.to_owned(), value: value.to_owned(), is_open: false }
}

/// The bucket's own URL; with the bucket in the path, without a slash at its end.
fn action(address: &Address, bucket: &BucketName) -> String {
    let base = format!("{}://{}", address.endpoint.scheme.as_str(), address.host_for(bucket));
    match address.style_for(bucket) {
        AddressingStyle::Virtual => format!("{base}/"),
        AddressingStyle::Path => format!("{base}/{bucket}"),
    }
}

/// Fields that the form sets, and those in which a store would read a second way to sign.
const RESERVED: [&str; 12] = [
    "key",
    "bucket",
    "file",
    "policy",
    "signature",
    "awsaccesskeyid",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
    "submit",
];

fn check(request: &FormRequest) -> Result<(), FormError> {
    if let Some(SizeRange { min, max }) = request.size
        && min > max
    {
        return Err(FormError::Size { min, max });
    }
    let key = match &request.key {
        KeyRule::Exactly(key) => key.as_str(),
        KeyRule::StartsWith(prefix) => prefix.as_str(),
    };
    if key.contains(FILE_NAME) {
        return Err(FormError::KeyVariable);
    }
    check_value("key", key)?;
    let mut seen: Vec<String> = Vec::with_capacity(request.fields.len());
    for (name, rule) in &request.fields {
        let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || !name.chars().all(in_name) {
            return Err(FormError::FieldName { name: visible(name).into_owned() });
        }
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&lower.as_str()) {
            return Err(FormError::FieldReserved { name: name.clone() });
        }
        if seen.contains(&lower) {
            return Err(FormError::FieldTwice { name: name.clone() });
        }
        seen.push(lower);
        match rule {
            FieldRule::Exactly(value) => check_value(name, value)?,
            FieldRule::StartsWith { start, value } => {
                check_value(name, value)?;
                if !value.starts_with(start.as_str()) {
                    return Err(FormError::FieldStart { name: name.clone() });
                }
            }
        }
    }
    Ok(())
}

fn check_value(name: &str, value: &str) -> Result<(), FormError> {
    match value.chars().any(char::is_control) {
        true => Err(FormError::FieldValue { name: name.to_owned() }),
        false => Ok(()),
    }
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Text for an attribute or a paragraph of HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::credentials::SigningCredentials;
    use super::super::expiry::Expiry;
    use super::super::ledger::{Destination, Handing, Issuer, Record};
    use super::super::rules::Rules;
    use super::*;
    use crate::s3::address::Endpoint;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE";

    fn request() -> FormRequest {
        FormRequest {
            bucket: BucketName::parse("inbox").unwrap(),
            key: KeyRule::StartsWith(Prefix::new("from/customer 7/")),
            fields: vec![(
                "Content-Type".to_owned(),
                FieldRule::StartsWith { start: "image/".to_owned(), value: "image/png".to_owned() },
            )],
            size: Some(SizeRange { min: 1, max: 1 << 20 }),
            lifetime: Expiry::parse("1h").unwrap().into(),
        }
    }

    fn address(style: AddressingStyle) -> Address {
        Address { endpoint: Endpoint::parse("https://s3.example.com").unwrap(), region: "us-east-1".to_owned(), style }
    }

    fn credentials() -> SigningCredentials {
        SigningCredentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: SECRET.into(),
            session_token: None,
            expires: None,
            source: "profile reports".to_owned(),
        }
    }

    fn signer(style: AddressingStyle, credentials: SigningCredentials) -> Signer {
        Signer::new(address(style), credentials, Rules::default())
    }

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn form_of(request: &FormRequest) -> Result<UploadForm, FormError> {
        sign_form(request, &signer(AddressingStyle::Virtual, credentials()), at("2026-11-15T12:00:00.9Z"))
    }

    fn value<'a>(form: &'a UploadForm, name: &str) -> Option<&'a str> {
        form.fields.expose().find_map(|(found, value)| (found == name).then_some(value))
    }

    fn decoded(form: &UploadForm) -> Value {
        serde_json::from_slice(&STANDARD.decode(value(form, "policy").unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn the_published_policy_is_encoded_and_signed_as_published() {
        let vectors: Value = serde_json::from_str(include_str!("../../tests/data/sigv4_vectors.json")).unwrap();
        let vector = &vectors["post_policy"][0];
        let text = |name: &str| vector[name].as_str().unwrap();
        let policy = encoded(text("policy_json_utf8"));
        assert_eq!(policy, text("policy_base64"));
        let scope = Scope { day: "20151229".into(), region: text("region").into(), service: text("service").into() };
        let key = SigningKey::derive(&text("secret_key").into(), &scope);
        assert_eq!(key.sign(&policy), vector["expect"]["signature"].as_str().unwrap());
    }

    #[test]
    fn a_form_allows_what_was_asked_and_names_every_field_that_it_sends() {
        let form = form_of(&request()).unwrap();
        let expected = json!({
            "expiration": "2026-11-15T13:00:00.000Z",
            "conditions": [
                { "bucket": "inbox" },
                ["starts-with", "$key", "from/customer 7/"],
                ["starts-with", "$Content-Type", "image/"],
                ["content-length-range", 1, 1_048_576],
                { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
                { "x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20261115/us-east-1/s3/aws4_request" },
                { "x-amz-date": "20261115T120000Z" },
            ],
        });
        assert_eq!(decoded(&form), expected);
        assert_eq!(value(&form, "key"), Some("from/customer 7/${filename}"));
        assert_eq!(value(&form, "Content-Type"), Some("image/png"));
        let names: Vec<&str> = form.fields.expose().map(|(name, _)| name).collect();
        let signing = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "policy", "x-amz-signature"];
        assert_eq!(names, [&["key", "Content-Type"][..], &signing].concat());
    }

    #[test]
    fn a_field_that_looks_like_the_signatures_is_allowed_once() {
        let mut request = request();
        let tag = FieldRule::StartsWith { start: String::new(), value: "blue".to_owned() };
        request.fields = vec![("x-amz-meta-tag".to_owned(), tag)];
        let conditions = decoded(&form_of(&request).unwrap())["conditions"].to_string();
        assert_eq!(conditions.matches("x-amz-meta-tag").count(), 1, "{conditions}");
    }

    #[test]
    fn a_policy_is_ascii_and_means_the_same() {
        let key = "日本/é🧾.txt";
        let exact = FormRequest { key: KeyRule::Exactly(Key::parse(key).unwrap()), ..request() };
        let form = form_of(&exact).unwrap();
        let policy = STANDARD.decode(value(&form, "policy").unwrap()).unwrap();
        assert!(policy.is_ascii());
        assert_eq!(decoded(&form)["conditions"][1], json!(["eq", "$key", key]));
        assert_eq!(value(&form, "key"), Some(key));
    }

    #[test]
    fn a_form_is_posted_to_the_bucket_wherever_that_is_named() {
        let action =
            |style| sign_form(&request(), &signer(style, credentials()), at("2026-11-15T12:00:00Z")).unwrap().action;
        assert_eq!(action(AddressingStyle::Virtual), "https://inbox.s3.example.com/");
        assert_eq!(action(AddressingStyle::Path), "https://s3.example.com/inbox");
    }

    #[test]
    fn a_form_ends_with_the_credentials_that_signed_it() {
        let end = at("2026-11-15T12:04:00Z");
        let credentials = SigningCredentials { session_token: Some(TOKEN.into()), expires: Some(end), ..credentials() };
        let now = at("2026-11-15T12:00:00Z");
        let signer = signer(AddressingStyle::Path, credentials);
        let form = sign_form(&request(), &signer, now).unwrap();
        assert_eq!((form.ends_at, form.limited_by), (end, LimitedBy::Credentials));
        assert_eq!(decoded(&form)["expiration"], "2026-11-15T12:04:00.000Z");
        assert_eq!(value(&form, "x-amz-security-token"), Some(TOKEN));
        let late = sign_form(&request(), &signer, end).unwrap_err();
        assert!(matches!(late, FormError::Link(LinkError::CredentialsEnded { .. })));
        let asked = form_of(&request()).unwrap();
        assert_eq!((asked.ends_at, asked.limited_by), (at("2026-11-15T13:00:00Z"), LimitedBy::Asked));
    }

    #[test]
    fn a_form_lives_by_the_rules_of_its_store() {
        let rules = Rules { ceiling: Some(Expiry::HALF_HOUR), ..Rules::default() };
        let signer = Signer::new(address(AddressingStyle::Path), credentials(), rules);
        let lives = |lifetime| sign_form(&FormRequest { lifetime, ..request() }, &signer, at("2026-11-15T12:00:00Z"));
        let usual = lives(Lifetime::Usual(Expiry::HOUR)).unwrap();
        assert_eq!((usual.ends_at, usual.limited_by), (at("2026-11-15T12:30:00Z"), LimitedBy::Ceiling));
        assert!(matches!(lives(Lifetime::For(Expiry::HOUR)), Err(FormError::Link(LinkError::TooLong(_)))));
    }

    #[test]
    fn a_form_is_noted_without_anything_that_lets_its_reader_in() {
        let credentials = SigningCredentials { session_token: Some(TOKEN.into()), ..credentials() };
        let now = at("2026-11-15T12:00:00Z");
        let form = sign_form(&request(), &signer(AddressingStyle::Path, credentials), now).unwrap();
        let handing = Handing { at: now, destination: Destination::Stdout, note: None, batch: None };
        let record = Record::of_form(&form, Issuer::default(), handing);
        assert_eq!(
            (record.object.to_string().as_str(), record.host.as_str()),
            ("s3://inbox/from/customer 7/${filename}", "s3.example.com")
        );
        assert_eq!((record.temporary, record.access_key_last4.as_str()), (true, "MPLE"));
        assert_eq!(
            (record.signed_headers.as_slice(), record.ends_at),
            (&["content-type".to_owned()][..], form.ends_at)
        );
        for name in ["policy", "x-amz-signature", "x-amz-security-token"] {
            assert!(!record.line().contains(value(&form, name).unwrap()), "{name}");
        }
    }

    #[test]
    fn a_prefix_that_leaves_no_room_for_a_name_is_refused() {
        let key = KeyRule::StartsWith(Prefix::new("x".repeat(1_020)));
        assert!(matches!(form_of(&FormRequest { key, ..request() }), Err(FormError::Key(_))));
    }

    #[test]
    fn what_could_not_be_sent_is_refused() {
        let with = |name: &str, rule: FieldRule| {
            let fields =
                vec![("Content-Type".to_owned(), FieldRule::Exactly("a/b".to_owned())), (name.to_owned(), rule)];
            form_of(&FormRequest { fields, ..request() }).map(|_| ()).unwrap_err()
        };
        let exactly = |value: &str| FieldRule::Exactly(value.to_owned());
        assert!(matches!(with("a b", exactly("x")), FormError::FieldName { .. }));
        assert!(matches!(with("Policy", exactly("x")), FormError::FieldReserved { .. }));
        assert!(matches!(with("content-type", exactly("x")), FormError::FieldTwice { .. }));
        assert!(matches!(with("x-amz-meta-a", exactly("a\nb")), FormError::FieldValue { .. }));
        let start = FieldRule::StartsWith { start: "image/".to_owned(), value: "text/html".to_owned() };
        assert!(matches!(with("x-amz-meta-a", start), FormError::FieldStart { .. }));

        let size = Some(SizeRange { min: 2, max: 1 });
        assert_eq!(form_of(&FormRequest { size, ..request() }).unwrap_err(), FormError::Size { min: 2, max: 1 });
        for prefix in ["a/${filename}/", "a\r\n/"] {
            assert!(form_of(&FormRequest { key: KeyRule::StartsWith(Prefix::new(prefix)), ..request() }).is_err());
        }
    }

    #[test]
    fn a_command_gives_every_value_to_curl_as_it_is() {
        let key = KeyRule::Exactly(Key::parse("it's <a;b>@\"c\"").unwrap());
        let command = form_of(&FormRequest { key, ..request() }).unwrap().expose_as_curl("my \"file\"; it's\\.png");
        assert!(command.contains(r#"--form-string 'key=it'\''s <a;b>@"c"'"#), "{command}");
        assert!(
            command.ends_with(
                "  -F 'file=@\"my \\\"file\\\"; it'\\''s\\\\.png\"' \\\n  'https://inbox.s3.example.com/'\n"
            )
        );
    }

    #[test]
    fn a_command_names_the_key_of_the_file_that_it_sends() {
        let command = form_of(&request()).unwrap().expose_as_curl("photos/it's.png");
        assert!(command.contains(r"--form-string 'key=from/customer 7/it'\''s.png'"), "{command}");
    }

    #[test]
    fn a_page_escapes_every_value_and_sends_the_file_last() {
        let key = KeyRule::Exactly(Key::parse("\"><script>&amp;").unwrap());
        let page = form_of(&FormRequest { key, ..request() }).unwrap().expose_as_html();
        assert!(page.contains("name=\"key\" value=\"&quot;&gt;&lt;script&gt;&amp;amp;\""), "{page}");
        assert!(page.contains("until 2026-11-15 13:00:00 UTC") && page.contains("1 to 1048576 bytes"));
        assert_eq!(page.rfind("<input"), page.find("<input type=\"file\""));
    }

    #[test]
    fn no_debug_output_holds_a_policy_or_a_signature() {
        let form = form_of(&request()).unwrap();
        let shown = format!("{form:?} {:#?}", form.fields);
        for name in ["policy", "x-amz-signature"] {
            assert!(!shown.contains(value(&form, name).unwrap()), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_policy_of_any_key_says_that_key(key in "\\PC{1,40}") {
            let rule = KeyRule::Exactly(Key::parse(&key).unwrap());
            let form = form_of(&FormRequest { key: rule, ..request() }).unwrap();
            prop_assert_eq!(&decoded(&form)["conditions"][1][2], &json!(key));
        }
    }
}
