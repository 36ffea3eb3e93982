//! All tests over embedded backends, in one binary.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end where something is amiss")]
#![expect(clippy::format_collect, reason = "the rows of an extract read best so")]

mod architecture;
mod bucket;
mod crash;
mod definitions;
mod direct;
mod dry_run;
mod duplicates;
mod dynamodb;
mod events;
mod faults;
mod fuzz;
mod images;
mod items;
mod keys;
mod lease;
mod limits;
mod load;
mod mirror;
mod mirror_changes;
mod mirror_guards;
mod mirror_requests;
mod mirror_review;
mod mirror_scope;
mod model;
mod nulls;
mod numbers;
mod orchestration;
mod parquet;
mod parquet_values;
mod parts;
mod readme;
mod rejects;
mod rules;
mod scan;
mod semantics;
mod text;
mod types;
mod value;
mod wire;
mod write_modes;
