//! All tests over embedded backends, in one binary.

mod bucket;
mod duplicates;
mod keys;
mod load;
mod nulls;
mod numbers;
mod text;
mod types;
mod value;
mod write_modes;
