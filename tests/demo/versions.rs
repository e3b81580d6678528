//! Versions: what overwriting and deleting leave behind, and how it is found again.

use daypass::world::demo::Versioning;

use crate::client::Ask;
use crate::empty;

#[tokio::test]
async fn what_is_overwritten_or_deleted_can_still_be_read_by_its_version() {
    let server = empty().await;
    server.add_object("box", "k", "before versioning");
    let enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let versioning = |method| Ask::new(&server, method, "/box").query("versioning", "");
    assert_eq!(versioning("GET").send().await.one("Status"), None);
    assert_eq!(versioning("PUT").body(enable).send().await.status, 200);
    assert_eq!(versioning("GET").send().await.one("Status").unwrap(), "Enabled");

    let put = Ask::new(&server, "PUT", "/box/k").body("second").send().await;
    let second = put.header("x-amz-version-id").unwrap();
    let deleted = Ask::new(&server, "DELETE", "/box/k").send().await;
    let marker = deleted.header("x-amz-version-id").unwrap();
    assert_eq!((deleted.status.as_u16(), deleted.header("x-amz-delete-marker").unwrap().as_str()), (204, "true"));

    let gone = Ask::new(&server, "GET", "/box/k").send().await;
    assert_eq!(gone.error(), (404, "NoSuchKey".to_owned()));
    assert_eq!(gone.header("x-amz-delete-marker").unwrap(), "true");
    assert_eq!(gone.header("x-amz-version-id").unwrap(), marker);
    let read = |version: &str| Ask::new(&server, "GET", "/box/k").query("versionId", version).presigned();
    assert_eq!(read("null").send_as_is().await.text(), "before versioning");
    assert_eq!(read(&second).send_as_is().await.text(), "second");
    assert_eq!(read(&marker).send_as_is().await.error(), (405, "MethodNotAllowed".to_owned()));
    assert_eq!(read("unknown").send_as_is().await.error(), (404, "NoSuchVersion".to_owned()));

    let listed = Ask::new(&server, "GET", "/box").query("versions", "").send().await;
    assert_eq!(listed.all("Version/VersionId"), [second.as_str(), "null"]);
    assert_eq!(listed.all("Version/IsLatest"), ["false", "false"]);
    assert_eq!(
        (listed.all("DeleteMarker/VersionId"), listed.all("DeleteMarker/IsLatest")),
        (vec![marker.clone()], vec!["true".to_owned()])
    );
    assert_eq!(Ask::new(&server, "GET", "/box").query("list-type", "2").send().await.one("KeyCount").unwrap(), "0");

    let undo = Ask::new(&server, "DELETE", "/box/k").query("versionId", marker).send().await;
    assert_eq!((undo.status.as_u16(), undo.header("x-amz-delete-marker").unwrap().as_str()), (204, "true"));
    let back = Ask::new(&server, "GET", "/box/k").send().await;
    assert_eq!((back.text().as_str(), back.header("x-amz-version-id").unwrap()), ("second", second));
}

#[tokio::test]
async fn a_suspended_bucket_overwrites_only_what_it_wrote_itself() {
    let server = empty().await;
    server.add_bucket("box");
    server.set_versioning("box", Versioning::Enabled);
    server.add_object("box", "k", "kept");
    server.set_versioning("box", Versioning::Suspended);
    server.add_object("box", "k", "first null");
    server.add_object("box", "k", "second null");
    let listed = Ask::new(&server, "GET", "/box").query("versions", "").send().await;
    let ids = listed.all("Version/VersionId");
    assert_eq!((ids.len(), ids[0].as_str()), (2, "null"));
    assert_eq!(Ask::new(&server, "GET", "/box/k").send().await.text(), "second null");
    Ask::new(&server, "DELETE", "/box/k").send().await;
    let listed = Ask::new(&server, "GET", "/box").query("versions", "").send().await;
    assert_eq!(
        (listed.all("Version/VersionId"), listed.all("DeleteMarker/VersionId")),
        (vec![ids[1].clone()], vec!["null".to_owned()])
    );
}

#[tokio::test]
async fn pages_of_versions_end_and_go_on_inside_a_key() {
    let server = empty().await;
    server.add_bucket("box");
    server.set_versioning("box", Versioning::Enabled);
    for body in ["1", "2", "3"] {
        server.add_object("box", "a", body);
        server.add_object("box", "b", body);
    }
    let whole = Ask::new(&server, "GET", "/box").query("versions", "").send().await.all("Version/VersionId");
    let (mut ids, mut markers) = (Vec::new(), None);
    loop {
        let mut ask = Ask::new(&server, "GET", "/box").query("versions", "").query("max-keys", "2");
        if let Some((key, version)) = markers {
            ask = ask.query("key-marker", key).query("version-id-marker", String::clone(&version));
        }
        let page = ask.send().await;
        ids.extend(page.all("Version/VersionId"));
        markers = page.one("NextKeyMarker").zip(page.one("NextVersionIdMarker"));
        if markers.is_none() {
            break;
        }
    }
    assert_eq!(ids, whole);
    assert_eq!(ids.len(), 6);
}
