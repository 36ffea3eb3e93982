//! All tests over embedded backends, in one binary.

mod bucket;
mod duplicates;
mod load;
mod value;
mod write_modes;
