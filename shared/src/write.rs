//! Items and deletes to a table: requests, their pace, their retries, and what became of each row.
//!
//! [`Encoder`] writes request bodies straight from items and [`Eraser`] from keys (pure); [`Pace`] decides when the next
//! one may go (pure, the time is passed in); [`run`] sends them and accounts for every row.

pub(crate) mod change;
mod concurrency;
mod condition;
mod encoder;
mod eraser;
pub(crate) mod keys;
mod outcome;
mod pace;
mod put;
mod request;
mod runner;
pub(crate) mod throttle;

pub(crate) use self::put::put;
pub use self::{
    encoder::Encoder,
    eraser::Eraser,
    keys::of_item as key_of_item,
    outcome::{Before, Fate, Sink, Spent},
    pace::Pace,
    request::{Entry, Operation, Prepared, Request},
    runner::run,
};
