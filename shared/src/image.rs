//! Items as they are and were: their values in one form, and a digest of the whole.

mod now;
pub(crate) mod value;

pub(crate) use self::now::now;
pub use self::value::digest;
