//! Rowferry: makes DynamoDB tables follow the data warehouse. `docs/ARCHITECTURE.md` tells how the modules fit.

pub mod bucket;
pub mod definition;
pub mod event;
pub mod extract;
pub mod mapping;
pub mod reject;
pub mod report;
pub mod row;
pub mod sync;
