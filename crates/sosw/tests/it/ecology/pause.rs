//! A paused labourer starts nothing, until its time has come or somebody resumes it.
