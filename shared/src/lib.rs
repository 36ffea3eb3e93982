//! Rowferry: makes DynamoDB tables follow the data warehouse. `docs/ARCHITECTURE.md` tells how the modules fit.

pub mod bucket;
pub mod connect;
pub mod connection;
pub mod credentials;
pub mod definition;
pub mod duplicates;
pub mod dynamodb;
pub mod error;
pub mod event;
pub mod extract;
pub mod job;
pub mod lambda;
pub mod ledger;
pub mod mapping;
pub mod plan;
pub mod problem;
pub mod reject;
pub mod rejects;
pub mod report;
pub mod row;
pub mod settings;
pub mod spill;
pub mod sync;
pub mod table;
pub mod time;
pub mod write;
mod yaml;
