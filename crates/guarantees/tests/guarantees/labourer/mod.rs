//! What a labourer of the SDK reports, and how its reports travel.

mod attempts;
mod blocks;
mod process;
mod reports;
