//! All tests over embedded backends, in one binary.

mod load;
mod value;
