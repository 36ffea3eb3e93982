//! The catalog: what tables hold, for people and for other catalogs.

pub mod classify;
pub mod native;
pub mod watch;
