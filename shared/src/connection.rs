//! How DynamoDB is reached: the checked form of one connection.
//!
//! Owns every key of connections.yaml and its defaults. Knows no AWS SDK: credentials are made of this elsewhere.

use std::{collections::BTreeMap, fmt};

use crate::problem::{near, quoted};

pub(crate) use check::is_label;
pub use file::{inline_schema, schema};
pub use parse::{parse, parse_inline};

mod check;
mod file;
mod parse;
#[cfg(test)]
mod tests;

/// The connections of connections.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connections(BTreeMap<String, Connection>);

impl Connections {
    /// The connection of a name.
    ///
    /// # Errors
    ///
    /// [`Unknown`] where there is none, with the name that was probably meant.
    pub fn get(&self, name: &str) -> Result<&Connection, Unknown> {
        self.0.get(name).ok_or_else(|| {
            let way_out = match near(name, self.0.keys().map(String::as_str)) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => "add it there".into(),
            };
            Unknown { name: quoted(name), way_out }
        })
    }

    /// Every connection under its name, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Connection)> {
        self.0.iter().map(|(name, connection)| (name.as_str(), connection))
    }
}

/// A name that connections.yaml lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("connection {name} is not in connections.yaml; {way_out}")]
pub struct Unknown {
    name: String,
    way_out: String,
}

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
