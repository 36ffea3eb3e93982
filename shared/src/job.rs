//! What the functions do, each as one picture of a run.

mod account;
mod destination;
mod load;
mod produce;
mod remote;

pub use self::load::{Answer, Connect, Load};
