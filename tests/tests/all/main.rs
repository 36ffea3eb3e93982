//! All tests over embedded backends, in one binary.

mod bucket;
mod crash;
mod faults;
mod load;
mod model;
mod value;
