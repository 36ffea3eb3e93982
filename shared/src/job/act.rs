//! What table-action does.

mod probe;

pub use self::probe::probe;
