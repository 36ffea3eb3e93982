//! The catalog: what tables hold, for people and for other catalogs.

pub mod ask;
pub mod classify;
pub mod coverage;
pub mod describe;
pub mod native;
pub mod purse;
pub mod watch;
