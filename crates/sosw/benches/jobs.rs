//! What it costs to fill a job.

fn main() {}
