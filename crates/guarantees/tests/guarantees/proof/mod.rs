//! What sosw promises, with everything broken that can break.
//!
//! - [`stage`]: tables on an AWS within the process ([`aws`]), a clock, and the wire between
//! - [`parts`]: who does what; [`fault`]: what can happen to a call; [`books`]: what must hold, also of the
//!   [`members`] of blocks
//! - [`sweep`]: each call of a scripted [`life`], broken in each way, and its [`recovery`]
//! - [`storm`]: all parts at once ([`actors`]) by a random [`script`]; [`bugs`] that it must find
//! - [`sharing`]: storms of labourers that share resources
//! - [`refusals`]: what is refused writes nothing

mod actors;
mod aws;
mod books;
mod bugs;
mod fault;
mod life;
mod members;
mod parts;
mod recovery;
mod refusals;
mod script;
mod sharing;
mod stage;
mod storm;
mod sweep;
mod threads;
