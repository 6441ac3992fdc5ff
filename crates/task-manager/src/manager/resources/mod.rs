//! What labourers share.
//!
//! - [`share`]: permits are shared out, at every tick and whenever somebody can pass some on
//! - [`live`]: limits and pauses that operators set while everything runs
//! - [`rates`]: tokens, from who starts tasks
//! - [`rate_settings`]: the rates that they are taken of

use crate::{config::Config, labourer::Labourer, manager::TaskManager};

pub mod share;
pub mod live;
pub mod rates;
pub mod rate_settings;

/// The resources of the config, and what is written of them.
#[derive(Clone, Copy)]
pub struct Resources<'a> {
    pub(super) manager: &'a TaskManager,
}

impl<'a> Resources<'a> {
    /// The labourers of the config that use permits.
    pub fn users(self) -> impl Iterator<Item = &'a Labourer> {
        let config: &Config = &self.manager.config;
        config.labourers.values().filter(|labourer| !labourer.uses.permits.is_empty())
    }
}
