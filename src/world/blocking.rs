//! Work that waits for the disk or computes for long, on a thread of its own, so that the loop goes on meanwhile.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// What `work` comes to; `None` where the program ends before it begins. A panic in it goes on here.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => None,
        },
    }
}
