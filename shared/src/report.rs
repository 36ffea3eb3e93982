//! STUB
use crate::error::Error;
pub use crate::error::Kind;
use serde_json::{Value, json};
pub mod line {
    pub fn metrics(_: &super::Report, _: &str, _: u64) -> String {
        String::new()
    }
    pub fn log(_: &super::Report) {}
}
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rows {
    pub read: u64,
    pub written: u64,
    pub unchanged: u64,
    pub superseded: u64,
    pub rejected: u64,
}
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Status {
    Succeeded,
    Planned,
    Held,
    Skipped,
    Failed,
}
#[derive(Debug, Clone)]
pub struct Report {
    pub run_id: String,
    pub sync: String,
    pub json: Value,
}
impl Report {
    pub fn history(&self) -> Value {
        json!({})
    }
    pub fn to_json(&self) -> Result<Value, Error> {
        Ok(self.json.clone())
    }
}
