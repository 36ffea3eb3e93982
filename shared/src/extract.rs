//! Extracts: which objects they are, and how they are read.

pub mod parts;
pub mod pin;
