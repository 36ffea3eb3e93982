//! Actions on tables and items: what is asked for, and how it is answered.

pub mod plain;
