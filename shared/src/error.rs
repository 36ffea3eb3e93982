//! What ends a run, and who must act.

use std::fmt;

use crate::{bucket, definition::Problem, dynamodb, table};

/// Who must act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whoever called: the payload is not one.
    Request,
    /// The sender of the extract.
    Extract,
    /// The author of the definition.
    Mapping,
    /// The owner of the table.
    Table,
    /// The operator.
    Config,
    /// Nobody: trying again helps.
    Service,
}

impl Kind {
    /// The name in reports, and Lambda's `errorType`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Extract => "extract",
            Self::Mapping => "mapping",
            Self::Table => "table",
            Self::Config => "config",
            Self::Service => "service",
        }
    }
}

/// An error that ends a run.
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// An error with its cause.
    pub fn caused(
        kind: Kind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }

    /// The problems of a file that a user wrote, one a line, each with its place.
    #[must_use]
    pub fn problems(file: &str, problems: &[Problem]) -> Self {
        let lines = problems.iter().map(|problem| {
            let place = problem.place;
            let place = if place.line == 0 { String::new() } else { format!("{}:{}: ", place.line, place.column) };
            format!("\n  {place}{}", problem.message)
        });
        let count = problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        Self::new(Kind::Mapping, format!("`{file}` has {count} {noun}:{}", lines.collect::<String>()))
    }

    /// The same error, said of something.
    #[must_use]
    pub fn of(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// Who must act.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The error and its causes in one text.
    #[must_use]
    pub fn text(&self) -> String {
        chain(self)
    }
}

/// An error and its causes in one text.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// The runtime logs this text of an error that an invocation fails with.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.text())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| -> &(dyn std::error::Error + 'static) { source.as_ref() })
    }
}

impl From<dynamodb::Error> for Error {
    fn from(error: dynamodb::Error) -> Self {
        use dynamodb::Class;
        let kind = match error.class() {
            Class::Throttled | Class::Transient | Class::Expired => Kind::Service,
            Class::Credentials => Kind::Config,
            Class::Condition | Class::Invalid | Class::Denied | Class::Missing | Class::Other => Kind::Table,
        };
        Self::caused(kind, "DynamoDB did not do it", error)
    }
}

impl From<table::Error> for Error {
    fn from(error: table::Error) -> Self {
        Self::new(Kind::Table, error.to_string())
    }
}

impl From<bucket::Error> for Error {
    fn from(error: bucket::Error) -> Self {
        let (kind, message) = (error.kind(), error.to_string());
        match error {
            bucket::Error::Service { source, .. } => Self { kind, message, source: Some(source) },
            _ => Self::new(kind, message),
        }
    }
}
