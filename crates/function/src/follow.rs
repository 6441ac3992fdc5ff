//! A config that is pushed is noticed by functions that are running.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::Client;
use task_manager::{
    TaskManager,
    config::{Config, Warnings},
    describe, metrics,
    sources::{Layers, LoadError, Sources},
    time::Timestamp,
};
use thiserror::Error;
use tokio::sync::Mutex;
use tracing::{error, info, warn};

/// How old a config may be when an event is begun.
const OLDEST: Duration = Duration::from_secs(60);
/// How long an event waits for a newer one.
const PATIENCE: Duration = Duration::from_secs(3);

/// A manager whose config follows its sources.
#[derive(Debug)]
pub struct Follower {
    sources: Sources,
    dynamodb: Client,
    state: Mutex<State>,
}

struct State {
    manager: TaskManager,
    /// What its config was made of.
    layers: Layers,
    asked_at: Timestamp,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("asked_at", &self.asked_at).finish_non_exhaustive()
    }
}

/// Why the config that was in force stays so.
#[derive(Debug, Error)]
enum NotFollowed {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("the table did not answer within {} s", PATIENCE.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

impl Follower {
    /// Reads the config of these sources, and makes a manager with it.
    ///
    /// # Errors
    /// When there is no config, or it has a mistake that concerns everybody.
    pub async fn begin(
        sources: Sources,
        dynamodb: Client,
        manager: impl FnOnce(Arc<Config>) -> TaskManager,
    ) -> Result<Self, LoadError> {
        let layers = Layers::read(&sources, &dynamodb).await?;
        let manager = manager(logged(layers.usable()?));
        let asked_at = manager.now();
        let state = Mutex::new(State { manager, layers, asked_at });
        Ok(Self { sources, dynamodb, state })
    }

    /// The manager, with the config as it was pushed a minute ago or since. If what was pushed cannot be
    /// used, the config that was in force stays so, and log and metric say why, once a minute.
    pub async fn manager(&self) -> TaskManager {
        let mut state = self.state.lock().await;
        let now = state.manager.now();
        // A file and a variable stay as they are as long as a process lives.
        if self.sources.table.is_some() && now.since(state.asked_at) >= OLDEST {
            state.asked_at = now;
            if let Err(error) = self.renew(&mut state).await {
                let error = describe(&error);
                error!(error, "config: what was pushed is not used; what was in force stays so");
                metrics::config_refused();
            }
        }
        state.manager.clone()
    }

    async fn renew(&self, state: &mut State) -> Result<(), NotFollowed> {
        let read = Layers::read(&self.sources, &self.dynamodb);
        let layers = tokio::time::timeout(PATIENCE, read).await??;
        if layers == state.layers {
            return Ok(());
        }
        let config = if layers.say_the_same_as(&state.layers) {
            // It has nothing new but its age, by which it ends what was set while everything runs.
            Arc::new(Config { pushed: layers.pushed(), ..state.manager.config().clone() })
        } else {
            logged(layers.usable()?)
        };
        info!("config: what was pushed is in force");
        (state.manager, state.layers) = (state.manager.clone().with_config(config), layers);
        Ok(())
    }
}

/// The config, once the log has what is odd about it.
fn logged((config, warnings): (Config, Warnings)) -> Arc<Config> {
    for remark in warnings {
        warn!(%remark, "config");
    }
    for mistake in config.mistakes.iter() {
        error!(%mistake, "config: what this concerns is stopped, the others go on");
    }
    Arc::new(config)
}
