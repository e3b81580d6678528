//! The screens themselves, at the sizes that must be right.

use insta::assert_snapshot;

use crate::session::Session;
use crate::shelf::Shelf;

const SIZES: [(u16, u16); 3] = [(80, 24), (40, 12), (120, 40)];

fn company() -> std::sync::Arc<Shelf> {
    let shelf = Shelf::with(&[
        "releases/daypass-1.0.tar.gz",
        "support-files/invoices/2026/drafts/q4.pdf",
        "support-files/invoices/2026/report-Q3.pdf",
        "support-files/invoices/2026/scan-0001.tif",
        "support-files/invoices/2026/Rechnung Müller & Söhne.pdf",
        "support-files/invoices/2026/a very long name that does not fit into a narrow terminal at all, final version (3).docx",
        "support-files/invoices/2026/📦 parcel.json",
        "support-files/invoices/2026/日本語のファイル名.txt",
    ]);
    for i in 0..120 {
        shelf.put("support-files", &format!("invoices/2026/scan-{i:04}.tif"), 18_000_000 + i * 1_000);
    }
    shelf
}

/// The screen after these keys, at each of the sizes.
fn at_each_size(name: &str, location: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut session = Session::open(company(), location);
        session.resize(width, height);
        session.press(keys);
        session.rest();
        assert_snapshot!(format!("{name}_{width}x{height}"), session.screen());
    }
}

#[test]
fn buckets() {
    at_each_size("buckets", "s3://", "");
}

#[test]
fn an_object_with_its_facts() {
    at_each_size("object", "s3://support-files/invoices/2026/", "j j j");
}

#[test]
fn marks_filter_and_sort() {
    at_each_size("marks", "s3://support-files/invoices/2026/", "o space space / s c a n enter");
}

#[test]
fn a_get_link() {
    at_each_size("get_link", "s3://support-files/invoices/2026/", "j j j s");
}

#[test]
fn an_upload_prompt() {
    at_each_size("upload_prompt", "s3://support-files/invoices/2026/", "j j j u");
}

#[test]
fn a_put_link() {
    at_each_size("put_link", "s3://support-files/invoices/2026/", "j j j u enter");
}

#[test]
fn the_help() {
    at_each_size("help", "s3://", "?");
}

#[test]
fn all_facts() {
    at_each_size("facts", "s3://support-files/invoices/2026/", "j j j i");
}

#[test]
fn versions() {
    at_each_size("versions", "s3://support-files/invoices/2026/", "j j j v");
}
