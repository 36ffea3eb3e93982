//! The catalog: what tables hold, for people and for other catalogs.

pub mod ask;
pub mod changes;
pub mod classify;
pub mod coverage;
pub mod datahub;
pub mod decision;
pub mod describe;
pub mod native;
pub mod openmetadata;
mod outline;
pub mod page;
pub mod profile;
pub mod purse;
pub mod watch;
