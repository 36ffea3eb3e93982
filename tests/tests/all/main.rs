//! All tests over embedded backends, in one binary.

mod architecture;
mod bucket;
mod direct;
mod duplicates;
mod events;
mod keys;
mod limits;
mod load;
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
