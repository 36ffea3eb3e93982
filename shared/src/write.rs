//! Items to a table: requests, their pace, their retries, and what became of each row.
//!
//! [`Encoder`] writes request bodies straight from items (pure); [`Pace`] decides when the next one may go (pure, the
//! time is passed in); [`run`] sends them and accounts for every row.

mod concurrency;
mod encoder;
mod keys;
mod pace;
mod request;
mod runner;
pub(crate) mod throttle;

pub use self::{
    encoder::Encoder,
    keys::of_item as key_of_item,
    pace::Pace,
    request::{Entry, Operation, Request},
    runner::{Fate, Prepared, Sink, Spent, run},
};
