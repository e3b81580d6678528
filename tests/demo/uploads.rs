//! Multipart uploads, from the first part to the object.

use daypass::world::demo::DemoServer;
use md5::{Digest, Md5};

use crate::client::{Ask, Reply, hex};
use crate::empty;

const PART: usize = 5 << 20;

async fn begin(server: &DemoServer) -> String {
    let begun =
        Ask::new(server, "POST", "/box/big").query("uploads", "").header("content-type", "video/mp4").send().await;
    begun.one("UploadId").unwrap()
}

async fn put_part(server: &DemoServer, upload: &str, number: usize, body: Vec<u8>) -> Reply {
    let ask = Ask::new(server, "PUT", "/box/big").query("partNumber", number.to_string()).query("uploadId", upload);
    ask.body(body).presigned().send_as_is().await
}

async fn complete(server: &DemoServer, upload: &str, parts: &[(usize, String)]) -> Reply {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
        .collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    Ask::new(server, "POST", "/box/big").query("uploadId", upload).body(body).send().await
}

#[tokio::test]
async fn parts_sent_by_link_become_one_object() {
    let server = empty().await;
    server.add_bucket("box");
    let upload = begin(&server).await;
    let bodies = [vec![1; PART], vec![2; 10]];
    let mut etags = Vec::new();
    for (rank, body) in bodies.iter().enumerate() {
        let reply = put_part(&server, &upload, rank + 1, body.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        etags.push((rank + 1, reply.header("etag").unwrap()));
    }
    let under_way = Ask::new(&server, "GET", "/box").query("uploads", "").send().await;
    assert_eq!(under_way.all("Upload/Key"), ["big"]);
    let parts = Ask::new(&server, "GET", "/box/big").query("uploadId", &upload).query("max-parts", "1").send().await;
    assert_eq!(
        (parts.all("Part/Size"), parts.one("NextPartNumberMarker")),
        (vec![PART.to_string()], Some("1".to_owned()))
    );

    let done = complete(&server, &upload, &etags).await;
    let digests: Vec<u8> = bodies.iter().flat_map(|body| Md5::digest(body).to_vec()).collect();
    let etag = format!("\"{}-2\"", hex(&Md5::digest(digests)));
    assert_eq!(done.one("ETag").unwrap(), etag);
    let got = Ask::new(&server, "GET", "/box/big").send().await;
    assert_eq!(got.body, bodies.concat());
    assert_eq!((got.header("etag").unwrap(), got.header("content-type").unwrap()), (etag, "video/mp4".to_owned()));
    let second = Ask::new(&server, "GET", "/box/big").query("partNumber", "2").send().await;
    assert_eq!((second.status.as_u16(), second.body.as_ref()), (206, &bodies[1][..]));
    assert_eq!(second.header("x-amz-mp-parts-count").unwrap(), "2");
    assert_eq!(complete(&server, &upload, &etags).await.error(), (404, "NoSuchUpload".to_owned()));
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused_and_the_upload_stays() {
    let server = empty().await;
    server.add_bucket("box");
    let upload = begin(&server).await;
    let one = put_part(&server, &upload, 1, vec![1; 10]).await.header("etag").unwrap();
    let two = put_part(&server, &upload, 2, vec![2; 10]).await.header("etag").unwrap();
    let (one, two) = ((1, one), (2, two));
    let code = |reply: Reply| reply.error().1;
    assert_eq!(code(complete(&server, &upload, &[one.clone(), two.clone()]).await), "EntityTooSmall");
    assert_eq!(code(complete(&server, &upload, &[two.clone(), one.clone()]).await), "InvalidPartOrder");
    assert_eq!(code(complete(&server, &upload, &[(1, two.1.clone())]).await), "InvalidPart");
    assert_eq!(code(complete(&server, &upload, &[(3, one.1.clone())]).await), "InvalidPart");
    assert_eq!(code(put_part(&server, &upload, 10_001, Vec::new()).await), "InvalidArgument");
    assert_eq!(complete(&server, &upload, &[one]).await.status, 200);
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let server = empty().await;
    server.add_bucket("box");
    let upload = begin(&server).await;
    put_part(&server, &upload, 1, vec![1; 10]).await;
    let abort = Ask::new(&server, "DELETE", "/box/big").query("uploadId", &upload);
    assert_eq!(abort.send().await.status, 204);
    assert_eq!(put_part(&server, &upload, 2, vec![1; 10]).await.error(), (404, "NoSuchUpload".to_owned()));
    assert_eq!(
        Ask::new(&server, "GET", "/box").query("uploads", "").send().await.all("Upload/Key"),
        Vec::<String>::new()
    );
    assert_eq!(Ask::new(&server, "HEAD", "/box/big").send().await.status, 404);
}
