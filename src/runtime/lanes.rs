//! Work beside the screen: in a lane the newest question replaces the older one, and what breaks off is an answer too.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::perform::{Outcome, broken_off, perform};
use crate::model::pending::Lane;
use crate::update::effect::Effect;
use crate::update::msg::Msg;
use crate::world::World;
use crate::world::wire::RetryWatch;

/// What runs. Dropping it ends all of it.
pub(super) struct Lanes {
    world: World,
    answers: mpsc::Sender<Outcome>,
    tasks: JoinSet<()>,
    asked: HashMap<Lane, AbortHandle>,
}

impl Lanes {
    /// Lanes in which nothing runs; what comes of later work is sent to `answers`.
    pub(super) fn new(world: World, answers: mpsc::Sender<Outcome>) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(tell_of_retries(world.store.retries(), answers.clone()));
        Self { world, answers, tasks, asked: HashMap::new() }
    }

    /// Begins what `effect` asks of the world.
    pub(super) fn begin(&mut self, effect: Effect) {
        while self.tasks.try_join_next().is_some() {}
        let lane = effect.lane();
        let task = self.tasks.spawn(answer(effect, self.world.clone(), self.answers.clone()));
        if let Some(older) = lane.and_then(|lane| self.asked.insert(lane, task)) {
            older.abort();
        }
    }

    /// Ends what runs in `lane`.
    pub(super) fn abort(&mut self, lane: Lane) {
        if let Some(task) = self.asked.remove(&lane) {
            task.abort();
        }
    }
}

/// Says what is tried again, for as long as somebody listens.
async fn tell_of_retries(mut watch: RetryWatch, answers: mpsc::Sender<Outcome>) {
    loop {
        let retrying = watch.next().await;
        if answers.send(Outcome::Answer(Msg::Retrying(retrying))).await.is_err() {
            return;
        }
    }
}

/// Performs `effect` and sends what came of it. A panic on the way is an answer too, never a dead screen.
async fn answer(effect: Effect, world: World, answers: mpsc::Sender<Outcome>) {
    let meanwhile = |msg| match answers.try_send(Outcome::Answer(msg)).err()?.into_inner() {
        Outcome::Answer(untold) | Outcome::Send { then: untold, .. } => Some(untold),
    };
    let outcome = match AssertUnwindSafe(perform(effect.clone(), &world, &meanwhile)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => broken_off(&effect).map(Outcome::Answer),
    };
    if let Some(outcome) = outcome {
        if let Some(failure) = outcome.failure() {
            tracing::warn!(%failure);
        }
        // Nobody listens only when the program ends.
        let _ = answers.send(outcome).await;
    }
}
