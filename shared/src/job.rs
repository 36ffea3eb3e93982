//! What the functions do, each as one picture of a run.

mod account;
mod act;
mod destination;
mod edges;
mod load;
mod mirror;
mod produce;
mod remote;
mod run;

use serde_json::Value;

use crate::{error::Error, time::Deadline};

/// What a function does.
pub trait Job {
    /// What it reaches.
    fn edges(&self) -> &Edges;

    /// Handles one invocation.
    ///
    /// # Errors
    ///
    /// The first error of a run that failed, once all runs are done; [`Kind::Request`](crate::error::Kind::Request) for
    /// a payload that is none.
    fn handle(&self, payload: &Value, deadline: Deadline) -> impl Future<Output = Result<Value, Error>>;
}

pub use self::{
    act::probe,
    edges::{Connect, Edges},
    load::Load,
    mirror::Mirror,
};
