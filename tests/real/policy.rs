//! Upload forms sent by `curl` as people send them, to stores that check their policies.

use daypass::presign::expiry::Expiry;
use daypass::presign::policy::{FieldRule, FormRequest, KeyRule, sign_form};
use daypass::presign::rules::Rules;
use daypass::presign::sign::Signer;
use daypass::s3::name::{BucketName, Prefix};
use daypass::s3::size::SizeRange;
use jiff::{SignedDuration, Timestamp};

use crate::proven::proves;
use crate::server::Server;
use crate::shell::Shell;
use crate::table::Cell;

/// The command for a form below `in/`, for an image of 4 to 20 bytes, made `age` minutes ago for an hour.
fn command(server: &Server, bucket: &str, file: &str, age: i64) -> String {
    let image = FieldRule::StartsWith { start: "image/".to_owned(), value: "image/png".to_owned() };
    let request = FormRequest {
        bucket: BucketName::parse(bucket).unwrap(),
        key: KeyRule::StartsWith(Prefix::new("in/it's ü/")),
        fields: vec![("Content-Type".to_owned(), image)],
        size: Some(SizeRange { min: 4, max: 20 }),
        lifetime: Expiry::parse("1h").unwrap().into(),
    };
    let now = Timestamp::now() - SignedDuration::from_mins(age);
    let signer = Signer::new(server.address(), server.credentials(), Rules::default());
    sign_form(&request, &signer, now).unwrap().expose_as_curl(file)
}

proves!("policy", a_form_takes_what_its_policy_allows_and_nothing_else);
fn a_form_takes_what_its_policy_allows_and_nothing_else(server: &Server) -> Cell {
    let bucket = server.with_bucket("form");
    let shell = Shell::new();
    for (name, bytes) in [("a b.png", "some bytes"), ("small", "abc"), ("large", "123456789012345678901")] {
        shell.write(name, bytes);
    }
    let form = command(server, bucket, "a b.png", 0);
    for (what, refused) in [
        ("too small", command(server, bucket, "small", 0)),
        ("too large", command(server, bucket, "large", 0)),
        ("too late", command(server, bucket, "a b.png", 61)),
        ("another prefix", form.replace("key=in/", "key=out/")),
        ("another type", form.replace("Type=image/png", "Type=text/html")),
        ("another date", form.replace("x-amz-date=2", "x-amz-date=1")),
        ("a field more", form.replacen("--form-string", "--form-string 'x-amz-meta-a=b' --form-string", 1)),
        ("another policy", form.replace("'policy=eyJ", "'policy=eyA")),
        ("another signature", form.replace("x-amz-signature=", "x-amz-signature=0")),
    ] {
        assert_ne!(refused, form, "nothing was found to change: {what}");
        let ran = shell.run(&["-c", &refused]);
        assert!(!ran.is_success, "{}, {what}: {}", server.name, ran.said);
    }
    assert_eq!(server.keys(bucket), [""; 0], "{}", server.name);

    let ran = shell.run(&["-c", &form]);
    match (ran.is_success, &*server.keys(bucket)) {
        (true, [key]) if key == "in/it's ü/a b.png" => Cell::Tested,
        (false, []) => Cell::Missing,
        (_, keys) => panic!("{}: {keys:?}: {}", server.name, ran.said),
    }
}

#[test]
fn a_form_in_a_browser_names_the_object_after_the_file() {
    // The embedded store does not put the file's name in.
    let Some(server) = Server::ceph() else { return };
    let bucket = server.with_bucket("form-named");
    let shell = Shell::new();
    shell.write("a b.png", "some bytes");
    let form = command(server, bucket, "a b.png", 0).replacen("/a b.png'", "/${filename}'", 1);
    assert!(form.contains("/${filename}'"));
    let ran = shell.run(&["-c", &form]);
    assert!(ran.is_success, "{}", ran.said);
    assert_eq!(server.keys(bucket), ["in/it's ü/a b.png"]);
}
