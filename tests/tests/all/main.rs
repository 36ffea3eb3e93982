//! All tests over embedded backends, in one binary.

mod architecture;
mod bucket;
mod load;
mod readme;
mod rules;
mod semantics;
mod value;
