//! All tests over embedded backends, in one binary.

mod architecture;
mod bucket;
mod crash;
mod direct;
mod duplicates;
mod dynamodb;
mod events;
mod faults;
mod keys;
mod limits;
mod load;
mod model;
mod nulls;
mod numbers;
mod parquet;
mod parts;
mod readme;
mod rejects;
mod rules;
mod semantics;
mod text;
mod types;
mod value;
mod write_modes;
