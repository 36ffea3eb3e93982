//! Before-images: what a mirror overwrote or deleted, kept so that it can be put back.
//!
//! [`Images`] makes a line of each write and of what was there before; [`Writer`] compresses lines, [`Reader`] reads them
//! again and trusts nothing; [`undo`] puts back what they tell, where the items are still as the run left them.
//!
//! A line is `{"key":{…},"before":{…},"after":"<digest>"}`: `before` is the whole item in DynamoDB JSON, null where there
//! was none; `after` is the [`digest`] of the item as the run left it, null where the run deleted it.

mod keep;
mod line;
mod now;
mod read;
mod undo;
pub(crate) mod value;

pub(crate) use self::now::now;
pub use self::{
    keep::Images,
    line::{Image, LINE_BYTES, Writer},
    read::Reader,
    undo::{Undone, undo},
    value::digest,
};
