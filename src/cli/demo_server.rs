//! `daypass demo-server`: the embedded store by itself, with the lines that let other tools find it.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

use crate::s3::text::visible;
use crate::world::demo::{DemoOptions, DemoServer, Rights};

/// How it is to be run.
#[derive(Clone, Debug)]
pub(super) struct DemoServerPlan {
    /// The port on loopback; 0 takes a free one.
    pub port: u16,
    /// How long each answer waits.
    pub latency: Duration,
    /// Which of [`PRESETS`](crate::world::demo::PRESETS) to give out.
    pub key: String,
    /// Buckets that are in another region, and in which.
    pub moved: Vec<(String, String)>,
}

/// Runs until Ctrl-C or SIGTERM.
pub(super) fn run(plan: &DemoServerPlan) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    runtime.block_on(async {
        // Before anything is printed, so that whoever reads it can already end us.
        let stop = stop_signal().context("cannot wait for signals")?;
        let options = DemoOptions { port: plan.port, latency: plan.latency, ..DemoOptions::default() };
        let server = DemoServer::start(options)
            .await
            .with_context(|| format!("cannot start the demo store on port {} of this machine", plan.port))?;
        for (bucket, region) in &plan.moved {
            anyhow::ensure!(server.has_bucket(bucket), "the demo store has no bucket `{}`", visible(bucket));
            server.set_region(bucket, region);
        }
        let owner = || (server.access_key_id().to_owned(), server.secret_access_key().clone());
        let key = match Rights::preset(&plan.key) {
            Some(rights) if rights != Rights::default() => {
                server.add_key(&plan.key, rights).context("cannot make a key")?
            }
            Some(_) | None => owner(),
        };
        introduce(&server, &key).context("cannot write to standard output")?;
        stop.await;
        Ok(())
    })
}

/// Writes what a shell can take in. The keys open nothing but this store, and are gone with it.
fn introduce(server: &DemoServer, (id, secret): &(String, SecretString)) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "# A demo store, until Ctrl-C. Paste these lines into another shell:")?;
    writeln!(stdout, "export AWS_ENDPOINT_URL='{}'", server.endpoint())?;
    writeln!(stdout, "export AWS_REGION='{}'", server.region())?;
    writeln!(stdout, "export AWS_ACCESS_KEY_ID='{}'", id)?;
    writeln!(stdout, "export AWS_SECRET_ACCESS_KEY='{}'", secret.expose_secret())?;
    writeln!(stdout, "unset AWS_PROFILE AWS_SESSION_TOKEN")?;
    stdout.flush()
}

/// Is ready once someone wants the server to end.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Is ready once someone wants the server to end.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a way to hear Ctrl-C, running on until killed is the best that can be done.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
