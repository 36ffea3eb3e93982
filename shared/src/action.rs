//! Actions: one operation on a table or an item, for scripts, state machines and people.
//!
//! Owns what an action takes and answers, how values are written, and what is said when DynamoDB refuses. Sends
//! nothing: `job::act` does. One table of inputs ([`input`]) says what each action takes; payloads are checked by it,
//! and the JSON Schema is made of it.

pub mod input;
pub mod page;
pub mod permission;
pub mod plain;
pub mod schema;

mod failure;
mod inputs;
mod key;
mod name;
mod repeat;
mod request;
mod table;
mod token;

pub use self::{
    failure::Failure,
    key::KeyValues,
    name::Action,
    plain::Format,
    request::{Request, Task, Via},
};
