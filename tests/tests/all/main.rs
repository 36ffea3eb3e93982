//! All tests over embedded backends, in one binary.

mod bucket;
mod definitions;
mod direct;
mod dry_run;
mod duplicates;
mod events;
mod keys;
mod limits;
mod load;
mod nulls;
mod numbers;
mod parquet;
mod parts;
mod rejects;
mod text;
mod types;
mod value;
mod write_modes;
