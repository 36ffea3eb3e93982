//! The catalog: what tables hold, for people and for other catalogs.

pub mod changes;
pub mod datahub;
pub mod native;
pub mod openmetadata;
mod outline;
pub mod watch;
