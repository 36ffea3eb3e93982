//! What the functions do, each as one picture of a run.

mod account;
mod act;
mod destination;
mod edges;
mod export;
mod load;
mod mirror;
mod produce;
mod remote;
mod run;

use std::fmt::Debug;

use serde_json::Value;

use crate::time::{Clock, Deadline};

/// What a function does.
pub trait Job {
    /// What an invocation fails with. Its Debug text is logged.
    type Error: Debug;

    /// The wall clock.
    fn clock(&self) -> &Clock;

    /// Handles one invocation.
    ///
    /// # Errors
    ///
    /// The first error of a run that failed, once all runs are done; [`Kind::Request`](crate::error::Kind::Request) for
    /// a payload that is none.
    fn handle(&self, payload: &Value, deadline: Deadline) -> impl Future<Output = Result<Value, Self::Error>>;
}

pub use self::{
    act::{Act, probe},
    edges::{Connect, Edges},
    export::Export,
    load::Load,
    mirror::Mirror,
};
