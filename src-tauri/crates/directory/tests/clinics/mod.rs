//! Real systems that nobody here wrote, started for a test and ended with it.

pub(crate) mod gnu_health;
pub(crate) mod postgres;
