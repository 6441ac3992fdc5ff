//! Jobs, and how they are chunked into tasks.
