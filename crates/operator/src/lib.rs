//! Queries and actions for operators of sosw. A command line or a web page only displays what these
//! functions return, and each of its buttons calls one of them.
//!
//! There is one module for each concept, in the order in which an operator meets them. Each consists of
//! plain functions over a [`TaskManager`], which reads and writes the tables; what they return can be
//! serialised, and that JSON is what `sosw … --json` prints. Decisions that deserve tests of their own
//! ([`explain::explain`], the checks of [`doctor`]) are pure functions of what was read.
//!
//! Queries never write, except [`doctor`] when it is asked to fix. Actions sign the history of tasks
//! as the author of the manager.
//!
//! ```no_run
//! use operator::{Clients, TaskManager, config, explain, jobs, status};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let clients = Clients::from_env().await;
//! let sources = config::Sources::from_environment(|name| std::env::var(name).ok());
//! let (config, _) = config::load(&sources, &clients.dynamodb).await?;
//! let manager = TaskManager::new(&clients, config.into(), "operator");
//!
//! for labourer in status::list(&manager).await? {
//!     println!("{}: {} queued, {}", labourer.labourer_id, labourer.counts.queued, labourer.remark);
//! }
//! let task = "73e711083c035da48057991a53e789af".parse()?; // or JOB#7
//! let explanation = explain::explain_task(&manager, &task).await?;
//! println!("{}", serde_json::to_string(&explanation)?);
//!
//! let job = jobs::parse(&manager, r#"{ "lambda_name": "resize", "period": "last_2_days" }"#)?;
//! println!("{} tasks", jobs::preview(&manager, &job, 3, 0).await?.tasks);
//! let accepted = jobs::accept(&manager, &job).await?;
//! println!("{} is accepted", accepted.id());
//! jobs::fill(&manager, accepted).await;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

// Everything at a glance.
pub mod overview;

// What people read.
pub mod words;

// Labourers.
mod capacity;
pub mod status;
pub mod live;
pub mod health;
pub mod history;
pub mod pause;
pub mod resources;

// Their work.
pub mod price;
pub mod tasks;
pub mod explain;
pub mod jobs;
pub mod forecast;

// The stack.
pub mod config;
pub mod doctor;
pub mod dead_letters;
pub mod adopt;

// Types of the arguments and results: a command line needs no more of the domain than these and what
// the modules export.
pub use task_manager::{
    TaskManager,
    clients::Clients,
    duration,
    ids::{JobId, LabourerId, ResourceId, TaskId},
    json::Json,
    labourer::Labourer,
    time::Timestamp,
};
// Errors, and how they are formatted.
pub use task_manager::{
    describe, ids::InvalidId, manager::labourers::UnknownLabourer, mistakes::Hint,
    storage::StoreError,
};
