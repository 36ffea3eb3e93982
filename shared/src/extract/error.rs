use std::{fmt, io};

/// Why an extract cannot be read; all but [`Io`](Self::Io) are for its sender to mend. The caller adds the object's key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes end before the extract does.
    #[error("the object ends too early: {detail}; deliver it again")]
    Truncated {
        /// What was still missing.
        detail: String,
    },
    /// The bytes are not what they claim to be.
    #[error("the object is damaged: {detail}; deliver it again")]
    Corrupt {
        /// What was found and what was wanted.
        detail: String,
    },
    /// A format, encoding or feature that is not read.
    #[error("{what} cannot be read; {remedy}")]
    Unsupported {
        /// What was found.
        what: String,
        /// The way out.
        remedy: String,
    },
    /// The names of the columns cannot be used.
    #[error("the header cannot be used: {detail}")]
    Header {
        /// What is wrong with which column, and a way out.
        detail: String,
    },
    /// One record is larger than any item could be.
    #[error("the record that begins on line {line} has more than {limit_bytes} bytes{open_quote}")]
    RecordTooLarge {
        /// The line on which the record begins.
        line: u64,
        /// Whether a quote may lack its end.
        open_quote: OpenQuote,
        /// The limit.
        limit_bytes: usize,
    },
    /// Pages of Parquet need more memory than there is.
    #[error(
        "{size_bytes} bytes of pages are needed at once, and there is memory for {limit_bytes}; write smaller pages, or map fewer columns"
    )]
    PageTooLarge {
        /// What they need together.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// The bytes could not be fetched; the cause says why and whose it is.
    #[error("the object could not be read to its end")]
    Io(#[source] io::Error),
}

/// The line on which a quote opens that is not closed as far as was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenQuote(pub Option<u64>);

impl fmt::Display for OpenQuote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, "; the quote that opens on line {line} may lack its end"),
            None => f.write_str("; is the delimiter right, and are there line ends?"),
        }
    }
}

impl Error {
    pub(super) fn truncated(detail: impl Into<String>) -> Self {
        Self::Truncated { detail: detail.into() }
    }

    pub(super) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), remedy: remedy.into() }
    }

    pub(super) fn header(detail: impl Into<String>) -> Self {
        Self::Header { detail: detail.into() }
    }
}

/// An error that came through [`io::Read`] is itself again; any other is the source's own.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(other) => Self::Io(other),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(source) => source,
            own => Self::other(own),
        }
    }
}
