//! What every backend of a seam promises, one function a promise.

pub mod bucket;
pub mod dynamodb;
