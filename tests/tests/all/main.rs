//! All tests over embedded backends, in one binary.

mod bucket;
mod load;
mod value;
