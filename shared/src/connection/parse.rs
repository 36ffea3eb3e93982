//! The text of connections.yaml, or of a connection within a request, to checked connections.

use std::collections::BTreeMap;

use super::{
    Base, Connection, Connections, Keys as AccessKeys, Role, Secret, check,
    file::{ConnectionKeys, RequestKeys},
};
use crate::{
    problem::{Place, Problem, Problems},
    yaml::{
        self, Member, Node, Value,
        read::{Entry, Keys, Named, Read, Text, members},
    },
};

/// Reads the text of connections.yaml: YAML 1.2, as [`crate::definition::parse`] takes it. An empty text is a file
/// without connections.
///
/// # Errors
///
/// Everything that is wrong with the text by itself, in its order, each with its place.
pub fn parse(text: &str) -> Result<Connections, Vec<Problem>> {
    let mut problems = Problems::default();
    let connections = match yaml::parse(text, &mut problems) {
        Some(node) => Named::<FileConnection>::read(&node, "connections.yaml", &mut problems),
        None => Some(Named(Vec::new())),
    };
    let connections = connections.map(|Named(list)| {
        Connections(
            list.into_iter()
                .map(|(_, name, FileConnection(connection))| (name, connection))
                .collect::<BTreeMap<_, _>>(),
        )
    });
    problems.finish(connections)
}

/// Reads a connection that came within a request, as JSON or YAML. It may hold `access_key_id`, `secret_access_key` and
/// `session_token` beside the keys of connections.yaml.
///
/// # Errors
///
/// Everything that is wrong with it; no message holds a secret.
pub fn parse_inline(text: &str) -> Result<Connection, Vec<Problem>> {
    let mut problems = Problems::default();
    let connection = yaml::parse(text, &mut problems).and_then(|node| inline(&node, &mut problems));
    if connection.is_none() && problems.is_empty() {
        problems.add(Place { line: 1, column: 1 }, "the connection is empty; wanted its keys, such as `region`");
    }
    problems.finish(connection)
}

fn inline(node: &Node, problems: &mut Problems) -> Option<Connection> {
    let names = [ConnectionKeys::NAMES, RequestKeys::NAMES].concat();
    let map = members(node, "the connection", &names, problems)?;
    let keys = ConnectionKeys::take(map, problems);
    let access = access_keys(RequestKeys::take(map, problems), problems);
    Some(connection(keys, access, problems))
}

/// One connection of the file, where secrets have no place.
struct FileConnection(Connection);

impl Read for FileConnection {
    fn read(node: &Node, what: &str, problems: &mut Problems) -> Option<Self> {
        let mut node = node.clone();
        if let Value::Map(map) = &mut node.value {
            map.retain(|Member { place, name, .. }| {
                let is_secret = RequestKeys::NAMES.contains(&name.as_str());
                if is_secret {
                    let message = format!(
                        "`{name}` has no place in a file; put the key into Secrets Manager, and name the secret in \
                         `access_key_secret`"
                    );
                    problems.add(*place, message);
                }
                !is_secret
            });
        }
        let keys = ConnectionKeys::read(&node, what, problems)?;
        Some(Self(connection(keys, None, problems)))
    }
}

fn text(entry: Entry<Text>) -> Option<String> {
    entry.take().map(|Text(text)| text)
}

/// The keys of a request, and where the first of them stands.
fn access_keys(keys: RequestKeys, problems: &mut Problems) -> Option<(Place, AccessKeys)> {
    let given = [&keys.access_key_id, &keys.secret_access_key, &keys.session_token];
    let place = given.iter().find(|key| key.is_given())?.place();
    for (key, name) in given.iter().zip(RequestKeys::NAMES).take(2) {
        if !key.is_given() {
            problems.add(place, format!("`{name}` is missing beside the other part of the key; add it"));
        }
    }
    let secret = |entry| text(entry).map(Secret::new);
    let keys = AccessKeys {
        access_key_id: text(keys.access_key_id)?,
        secret_access_key: secret(keys.secret_access_key)?,
        session_token: secret(keys.session_token),
    };
    Some((place, keys))
}

fn connection(keys: ConnectionKeys, access: Option<(Place, AccessKeys)>, problems: &mut Problems) -> Connection {
    check::all(&keys, problems);
    let bases = [
        ("profile", keys.profile.is_given().then(|| keys.profile.place())),
        ("access_key_secret", keys.access_key_secret.is_given().then(|| keys.access_key_secret.place())),
        ("access_key_id", access.as_ref().map(|(place, _)| *place)),
    ];
    let mut given = bases.iter().filter_map(|(name, place)| Some((name, (*place)?)));
    if let (Some((first, _)), Some((second, place))) = (given.next(), given.next()) {
        let message =
            format!("`{second}` stands beside `{first}`; credentials begin with one of them, so remove the other");
        problems.add(place, message);
    }
    let base = match (text(keys.profile), text(keys.access_key_secret), access) {
        (_, _, Some((_, keys))) => Base::Keys(keys),
        (_, Some(secret), None) => Base::Secret(secret),
        (Some(profile), None, None) => Base::Profile(profile),
        (None, None, None) => Base::Own,
    };
    let role = text(keys.role_arn).map(|arn| Role {
        arn,
        external_id: text(keys.external_id),
        session_name: text(keys.role_session_name).unwrap_or_else(|| "rowferry".into()),
        source_identity: text(keys.source_identity),
    });
    Connection { region: text(keys.region), endpoint_url: text(keys.endpoint_url), role, base }
}
