//! What looks at values while they are profiled, to tell later what an attribute holds.

use serde::{Serialize, de::DeserializeOwned};

/// Looks at scalar values of attributes.
pub trait Watch {
    /// What it keeps of one attribute between two values. It is saved when an export goes on later.
    type Seen: Default + Clone + Serialize + DeserializeOwned;

    /// Looks at a text.
    fn text(&self, seen: &mut Self::Seen, text: &str);

    /// Looks at a number, by its text.
    fn number(&self, seen: &mut Self::Seen, text: &str);

    /// Adds what was seen of another attribute: the members of a map whose keys turn out to be data become one.
    fn join(&self, seen: &mut Self::Seen, other: &Self::Seen);
}

/// Looks at nothing.
impl Watch for () {
    type Seen = ();

    fn text(&self, (): &mut (), _: &str) {}

    fn number(&self, (): &mut (), _: &str) {}

    fn join(&self, (): &mut (), (): &()) {}
}
