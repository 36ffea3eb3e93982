//! How DynamoDB is reached: the checked form of one connection.
//!
//! Owns every key of connections.yaml and its defaults. Knows no AWS SDK: credentials are made of this elsewhere.

use std::fmt;

/// A way to DynamoDB. The default is the function's own role, region and endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// The region; the function's own where none is given.
    pub region: Option<String>,
    /// The endpoint's URL; the region's own where none is given.
    pub endpoint_url: Option<String>,
    /// A role to assume with the base credentials.
    pub role: Option<Role>,
    /// The credentials to begin with.
    pub base: Base,
}

/// A role to assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// What its trust policy may ask for.
    pub external_id: Option<String>,
    /// The name of the session, as it stands in the account's logs.
    pub session_name: String,
    /// Who is behind the session, kept through further roles.
    pub source_identity: Option<String>,
}

/// The credentials to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Base {
    /// The function's own.
    #[default]
    Own,
    /// A profile of the AWS configuration files.
    Profile(String),
    /// A Secrets Manager secret, by name or ARN.
    Secret(String),
    /// Keys that came with the request.
    Keys(Keys),
}

/// An access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Which key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
    /// The token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// Text that never appears in logs or messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives the text to who signs with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_its_debug_text() {
        let keys = Keys {
            access_key_id: "AKIA1".into(),
            secret_access_key: Secret::new("hush"),
            session_token: Some(Secret::new("hush too")),
        };
        let shown = format!("{:?}", Connection { base: Base::Keys(keys), ..Connection::default() });
        assert!(shown.contains("AKIA1") && !shown.contains("hush"), "{shown}");
    }
}
