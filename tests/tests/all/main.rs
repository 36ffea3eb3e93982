//! All tests over embedded backends, in one binary.

mod architecture;
mod bucket;
mod definitions;
mod direct;
mod dry_run;
mod duplicates;
mod events;
mod keys;
mod load;
mod nulls;
mod numbers;
mod parquet;
mod parts;
mod readme;
mod rules;
mod semantics;
mod text;
mod types;
mod value;
mod write_modes;
