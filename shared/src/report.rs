//! What a run tells about itself.

/// Who must act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Who invoked the function.
    Request,
    /// The sender of the extract.
    Extract,
    /// The author of the definition.
    Mapping,
    /// The owner of the table.
    Table,
    /// The operator.
    Config,
    /// Nobody: a retry helps.
    Service,
}

impl Kind {
    /// The name in reports and as Lambda's `errorType`.
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
