//! What screens are made of.
//!
//! - [`layout`]: what is around every screen
//! - [`link`]: addresses of screens, and links to them
//! - [`text`]: texts of labourers and jobs, times, durations and counts, as people read them
//! - [`badge`]: states; [`bar`]: parts of a whole; [`table`], [`facts`]: much at a glance
//! - [`notice`]: what is wrong or was done; [`form`]: buttons; [`sign_in`]: the form of a page with a token

pub mod layout;
pub mod link;
pub mod text;
pub mod badge;
pub mod bar;
pub mod table;
pub mod facts;
pub mod notice;
pub mod form;
pub mod sign_in;

pub use badge::{badge, job_badge};
pub use bar::{bar, progress};
pub use facts::facts;
pub use form::{Button, form};
pub use notice::{empty, notice};
pub use table::{Column, table};
pub use text::{count, duration, raw, time};
