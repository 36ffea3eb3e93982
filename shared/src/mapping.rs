//! A row to an item.

pub mod value;
