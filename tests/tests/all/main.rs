//! All tests over embedded backends, in one binary.

mod architecture;
mod load;
mod readme;
mod rules;
mod semantics;
mod value;
