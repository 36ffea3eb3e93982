//! The order of the events of one object.

use std::{cmp::Ordering, fmt};

/// Tells which of two events of the same object is the later one.
///
/// S3 gives hexadecimal digits of varying length; the shorter text is padded with zeros at its right end before both
/// are compared (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>). Says
/// nothing about two different objects.
///
/// ```
/// # use rowferry::event::Sequencer;
/// let early = Sequencer::new("0055AED6DCD90281E5").unwrap();
/// let late = Sequencer::new("0055aed6dcd90281e6").unwrap();
/// assert!(early < late);
/// assert_eq!(Sequencer::new("00A0"), Sequencer::new("00a"));
/// assert_eq!(Sequencer::new("latest"), None);
/// ```
#[derive(Debug, Clone, serde::Serialize)]
#[serde(transparent)]
pub struct Sequencer(String);

impl Sequencer {
    /// A sequencer; none where the text is empty or not hexadecimal.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| Self(text.to_ascii_uppercase()))
    }

    /// Its digits, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two sequencers are the same but for zeros at the right end.
    fn significant(&self) -> &str {
        self.0.trim_end_matches('0')
    }
}

impl Ord for Sequencer {
    fn cmp(&self, other: &Self) -> Ordering {
        // Without the zeros at its end, a text that is the beginning of another one is the lower, as with padding.
        self.significant().cmp(other.significant())
    }
}

impl PartialOrd for Sequencer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sequencer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sequencer {}

impl fmt::Display for Sequencer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
