//! Several tasks of a job in one item and one invocation.

mod ends;
mod interleaved;
mod life;
mod poison;
