//! Table and item actions, as far as they need no IO.

pub mod permission;
