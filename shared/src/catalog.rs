//! The catalog: what tables hold, for people and for other catalogs.

pub mod native;
pub mod profile;
pub mod watch;
