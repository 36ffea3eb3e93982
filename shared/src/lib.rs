//! Rowferry: makes DynamoDB tables follow the data warehouse. `docs/ARCHITECTURE.md` tells how the modules fit.

pub mod bucket;
pub mod connection;
pub mod definition;
pub mod mapping;
pub mod problem;
pub mod reject;
pub mod row;
mod yaml;
