//! What goes over the wire between the four functions and labourers.
//!
//! ```text
//! orchestrator --- event ---> labourer --- report, or what it returns ---> worker assistant
//!                                              (Lambda puts that into a record of a destination)
//! ```
//!
//! Each message is written and read in one file, and a test sends whatever one side may write to
//! the other. In the order to read:
//!
//! - [`ids`] and [`time`]: what the messages name; [`duration`]: how long something takes, in words
//! - [`limits`]: how large their parts may be, stated here and nowhere else
//! - [`raw`]: JSON taken apart without reading it, so that one odd value does not spoil the rest
//! - [`members`]: which tasks of a job a block holds
//! - [`event`]: what a labourer is invoked with
//! - [`report`]: how its attempt ended, as a message of its own or as the record of a destination
//!
//! sosw 0.7's messages are the same with fewer fields: its orchestrator sends no `sosw`, its
//! labourers neither `labourer_id` nor `claim`.

#![warn(missing_docs)]

pub mod ids;
pub mod time;
pub mod duration;
pub mod limits;
pub mod raw;
pub mod members;
pub mod event;
pub mod report;
