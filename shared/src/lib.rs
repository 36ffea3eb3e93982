//! Rowferry: makes DynamoDB tables follow the data warehouse. `docs/ARCHITECTURE.md` tells how the modules fit.

pub mod bucket;
pub mod definition;
pub mod extract;
pub mod mapping;
pub mod reject;
pub mod row;
