//! All tests over embedded backends, in one binary.

mod architecture;
mod bucket;
mod crash;
mod definitions;
mod direct;
mod dry_run;
mod duplicates;
mod events;
mod faults;
mod keys;
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
