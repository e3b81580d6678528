//! Whom the wire trusts: each way in which a certificate can be wrong is told apart, with what to do, and each way to trust it works.

use std::fmt::Write;
use std::path::PathBuf;

use daypass::s3::address::Proof;
use daypass::s3::failure::{Failure, FailureKind};
use daypass::world::open::StoreSpec;
use daypass::world::wire::Trust;
use rcgen::{BasicConstraints, CertificateParams, IsCa, date_time_ymd};
use tempfile::TempDir;

use crate::rogue::{Act, Rogue};
use crate::stage::{any_keys, below, spec, store};
use crate::tls_server::{Authority, Identity, TlsServer};

const EMPTY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

async fn list(endpoint: &str, trust: Trust) -> Result<(), Failure> {
    let spec = StoreSpec { trust, ..spec(endpoint, any_keys()) };
    store(&spec).await.keys(&below("bucket", "", 1000)).await.map(drop)
}

/// Files of certificates.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn trust(&self, name: &str, text: &str) -> Trust {
        let file = self.0.path().join(name);
        std::fs::write(&file, text).unwrap();
        Trust { ca_file: Some(file), ..Trust::default() }
    }
}

fn unchanged(_: &mut CertificateParams) {}

#[tokio::test]
async fn a_certificate_is_trusted_once_it_or_its_authority_is_named() {
    let (files, authority, other) = (Files::new(), Authority::new(), Authority::new());
    let own = Identity::of_its_own(unchanged);
    let (itself, both) =
        (files.trust("own.pem", &own.pem()), files.trust("both.pem", &(other.pem.clone() + &authority.pem)));
    let server = TlsServer::start(own, EMPTY).await;
    list(&server.endpoint, itself).await.unwrap();
    let server = TlsServer::start(authority.vouches(unchanged), EMPTY).await;
    list(&server.endpoint, files.trust("authority.pem", &authority.pem)).await.unwrap();
    list(&server.endpoint, both).await.unwrap();
    list(&server.endpoint, files.trust("other.pem", &other.pem)).await.unwrap_err();
}

#[tokio::test]
async fn a_port_for_tls_that_hangs_up_on_plain_http_is_told_as_one() {
    let closing = Rogue::start(|_| Act::Say(Vec::new())).await;
    let failure = list(&closing.endpoint, Trust::default()).await.unwrap_err();
    assert!(failure.why.ends_with("the connection ended before the answer did"), "{failure}");
    assert_eq!(failure.hint, "try again; if it stays, the port may be one for https://");
}

#[tokio::test]
async fn a_certificate_that_may_sign_others_is_trusted_where_the_file_holds_it_and_name_and_dates_are_right() {
    let files = Files::new();
    let authority = |change: fn(&mut CertificateParams)| {
        Identity::of_its_own(|own| {
            change(own);
            own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        })
    };
    let right = authority(unchanged);
    let trust = files.trust("right.pem", &right.pem());
    list(&TlsServer::start(right, EMPTY).await.endpoint, trust.clone()).await.unwrap();
    let double = TlsServer::start(authority(unchanged), EMPTY).await;
    list(&double.endpoint, trust).await.unwrap_err();
    let expired = authority(|own| own.not_after = date_time_ymd(2001, 1, 1));
    let trust = files.trust("expired.pem", &expired.pem());
    let told = list(&TlsServer::start(expired, EMPTY).await.endpoint, trust).await.unwrap_err().to_string();
    assert!(told.contains("has expired"), "{told}");
    let other = authority(|own| *own = CertificateParams::new(["other.example".to_owned()]).unwrap());
    let trust = files.trust("other.pem", &other.pem());
    let told = list(&TlsServer::start(other, EMPTY).await.endpoint, trust).await.unwrap_err().to_string();
    assert!(told.contains("for another name"), "{told}");
}

#[tokio::test]
async fn only_the_store_that_waives_it_needs_no_proof() {
    let server = TlsServer::start(Identity::of_its_own(|own| own.not_after = date_time_ymd(2001, 1, 1)), EMPTY).await;
    list(&server.endpoint, Trust { proof: Proof::Waived, ..Trust::default() }).await.unwrap();
    list(&server.endpoint, Trust::default()).await.unwrap_err();
}

/// What users read, in one place to be read.
#[tokio::test]
async fn every_failure_of_tls_says_which_it_is_and_what_to_do() {
    let (files, authority) = (Files::new(), Authority::new());
    let trusting = || files.trust("authority.pem", &authority.pem);
    let mut read = String::new();
    let cases = [
        ("self-signed", Identity::of_its_own(unchanged), Trust::default()),
        (
            "self-signed, and may sign others",
            Identity::of_its_own(|own| own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            Trust::default(),
        ),
        ("of an authority that nobody knows", authority.vouches(unchanged), Trust::default()),
        ("expired", authority.vouches(|of| of.not_after = date_time_ymd(2001, 1, 1)), trusting()),
        ("not valid yet", authority.vouches(|of| of.not_before = date_time_ymd(3001, 1, 1)), trusting()),
        (
            "for others",
            authority.vouches(|of| {
                *of = CertificateParams::new(["a", "b", "c", "d"].map(|name| format!("{name}.example"))).unwrap();
            }),
            trusting(),
        ),
    ];
    for (what, identity, trust) in cases {
        let server = TlsServer::start(identity, EMPTY).await;
        say(&mut read, what, list(&server.endpoint, trust).await.unwrap_err());
    }
    let server = TlsServer::start(authority.vouches(unchanged), EMPTY).await;
    let missing = Trust { ca_file: Some(PathBuf::from("/nowhere/ca.pem")), ..Trust::default() };
    say(&mut read, "no such file", list(&server.endpoint, missing).await.unwrap_err());
    let empty = files.trust("empty.pem", "# nothing yet\n");
    say(&mut read, "a file without certificates", list(&server.endpoint, empty).await.unwrap_err());
    let torn = files.trust("torn.pem", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n");
    say(&mut read, "a file that is torn", list(&server.endpoint, torn).await.unwrap_err());
    let old = Rogue::start(|_| Act::Say(b"\x15\x03\x01\x00\x02\x02\x46".to_vec())).await;
    let old = old.endpoint.replace("http:", "https:");
    say(&mut read, "TLS 1.1", list(&old, Trust::default()).await.unwrap_err());
    let folder = files.0.path().display().to_string();
    insta::assert_snapshot!("tls", read.replace(&folder, "DIR"));
}

fn say(read: &mut String, what: &str, failure: Failure) {
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
    let text = failure.to_string();
    let port: String = text
        .split("://")
        .nth(2)
        .unwrap_or_default()
        .chars()
        .skip_while(|c| *c != ':')
        .skip(1)
        .take_while(char::is_ascii_digit)
        .collect();
    writeln!(read, "# {what}\n{}", text.replace(&port, "PORT")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_asked_about_the_way_that_its_store_is_asked() {
    let authority = Authority::new();
    let server = TlsServer::start(authority.vouches(unchanged), "x").await;
    let home = tempfile::tempdir().unwrap();
    let (certificates, settings) = (home.path().join("own.pem"), home.path().join("config.toml"));
    std::fs::write(&certificates, &authority.pem).unwrap();
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let link = format!(
        "{}/papers/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAUNKNOWN/{}/us-east-1/s3/aws4_request&X-Amz-Date={now}\
         &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={}",
        server.endpoint,
        now.split('T').next().unwrap(),
        "a".repeat(64)
    );
    let asks = |settings_text: &str| {
        std::fs::write(&settings, settings_text).unwrap();
        let output = tokio::task::block_in_place(|| {
            std::process::Command::new(env!("CARGO_BIN_EXE_daypass"))
                .args(["inspect", "--live", "--config", settings.to_str().unwrap(), &link])
                .env_clear()
                .env("HOME", home.path())
                .output()
                .unwrap()
        });
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = asks("");
    assert!(code == Some(1) && said.contains("certificate"), "{said}");
    let (endpoint, file) = (&server.endpoint, certificates.display());
    let (code, said) = asks(&format!("[[store]]\nname = 'own'\nendpoint = '{endpoint}'\nca_file = '{file}'\n"));
    assert!(code == Some(3) && said.contains("Answer      200"), "{said}");
    let (code, said) =
        asks(&format!("[[store]]\nname = 'other'\nendpoint = 'https://s3.example.com'\nca_file = '{file}'\n"));
    assert!(code == Some(1), "the store of another host says nothing of this one: {said}");
}
