//! Work beside the screen: in a lane the newest question replaces the older one, and what breaks off is an answer too.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::perform::{Outcome, broken_off, perform};
use crate::model::pending::Lane;
use crate::s3::store::StoreId;
use crate::update::effect::Effect;
use crate::update::msg::Msg;
use crate::world::wire::RetryWatch;
use crate::world::{Clock, World};

/// What runs. Dropping it ends all of it.
pub(super) struct Lanes {
    /// What is asked.
    world: World,
    /// The stores that were opened so far: whoever comes back to one finds its connections, and what was learned of it.
    worlds: HashMap<StoreId, World>,
    answers: mpsc::Sender<Outcome>,
    tasks: JoinSet<()>,
    asked: HashMap<Lane, AbortHandle>,
}

impl Lanes {
    /// Lanes in which nothing runs; what comes of later work is sent to `answers`.
    pub(super) fn new(id: StoreId, world: World, answers: mpsc::Sender<Outcome>) -> Self {
        let (worlds, tasks) = (HashMap::new(), JoinSet::new());
        let mut lanes = Self { world: world.clone(), worlds, answers, tasks, asked: HashMap::new() };
        lanes.hold(id, world);
        lanes
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

    /// Keeps a store that was opened, for the moment when it is entered.
    pub(super) fn hold(&mut self, id: StoreId, world: World) {
        self.tasks.spawn(tell_of_retries(world.store.retries(), self.answers.clone()));
        self.worlds.insert(id, world);
    }

    /// From now on everything is asked of this store, by whose clock links are made. One that was never opened changes
    /// nothing.
    pub(super) fn enter(&mut self, id: &StoreId) -> Arc<dyn Clock> {
        match self.worlds.get(id) {
            Some(world) => self.world = world.clone(),
            None => tracing::error!(store = id.name, "a store was entered that is not open"),
        }
        self.world.clock.clone()
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
        Outcome::Answer(untold) | Outcome::Send { then: untold, .. } | Outcome::Opened { then: untold, .. } => {
            Some(untold)
        }
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
