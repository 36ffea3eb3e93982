//! The catalog: what tables hold, for people and for other catalogs.

pub mod coverage;
pub mod describe;
pub mod native;
pub mod watch;
