//! The keys of connections.yaml as they stand in the file, and their JSON Schema.
//!
//! What a doc comment says here, an editor shows beside the key.

use schemars::Schema;
use serde_json::{Value, json};

use crate::yaml::{
    self,
    read::{Named, Text, keys},
};

keys! {
    /// A way to DynamoDB. Without any key: the function's own role, region and endpoint.
    ConnectionKeys {
        /// The region, such as `eu-west-1`. Default: the function's own.
        region: Text,
        /// The endpoint's URL. Default: the region's own.
        endpoint_url: Text,
        /// The ARN of a role to assume, from the function's own role or from the keys or profile given here.
        role_arn: Text,
        /// What the role's trust policy asks for as `sts:ExternalId`.
        external_id: Text,
        /// The name of the role's session, as it stands in the account's logs. Default: `rowferry`.
        #[schemars(extend("default" = "rowferry"))]
        role_session_name: Text,
        /// Who is behind the role's session; kept through further roles.
        source_identity: Text,
        /// A profile of the AWS configuration files.
        profile: Text,
        /// The name or ARN of a Secrets Manager secret that holds `access_key_id`, `secret_access_key` and, for
        /// temporary credentials, `session_token`.
        access_key_secret: Text,
    }

    /// The keys that only a connection within a request may hold.
    RequestKeys {
        /// Which access key.
        access_key_id: Text,
        /// Its secret.
        secret_access_key: Text,
        /// The token of temporary credentials.
        session_token: Text,
    }
}

/// The JSON Schema of connections.yaml.
#[must_use]
pub fn schema() -> Schema {
    yaml::schema::of::<Named<ConnectionKeys>>(
        "Rowferry connections",
        "Ways to DynamoDB, each under the name that syncs and requests use.",
    )
}

/// The JSON Schema of a connection within a request.
#[must_use]
pub fn inline_schema() -> Value {
    let of = |keys: Schema| keys.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut properties = of(yaml::schema::of::<ConnectionKeys>("", ""));
    properties.extend(of(yaml::schema::of::<RequestKeys>("", "")));
    json!({
        "description": "A way to DynamoDB. Without any key: the function's own role, region and endpoint.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}
