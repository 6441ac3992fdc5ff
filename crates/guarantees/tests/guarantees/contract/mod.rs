//! What sosw guarantees, proved on a real engine through the real SDK.

mod any_input;
mod chains;
mod config_pushed;
mod creating;
mod ecology;
mod expiring;
mod destinations;
mod doctor;
mod doctor_stack;
mod flow;
mod keeping;
mod legacy;
mod life;
mod limits;
mod network;
mod odd_jobs;
mod odd_reports;
mod refusals;
mod reporting;
mod retries;
mod slots;
mod sosw_names;
mod stack;
mod stopped;
mod time_outs;
mod troubles;
mod upkeep;

mod jobs;
mod jobs_cancelled;
mod jobs_counted;
mod jobs_cut;
mod jobs_ended;
mod jobs_hindered;
mod jobs_refused;
mod jobs_retried;
