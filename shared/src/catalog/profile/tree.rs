//! The tree of what was seen: attributes, members of maps, elements.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, de::Error as _};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    Limits,
    lengths::Lengths,
    numbers::Numbers,
    parser::Kind,
    text::{Cut, Ends},
    values::Values,
};

/// All that was seen of one attribute, of one member of a map, or of the elements of lists and sets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "S: Serialize", deserialize = "S: DeserializeOwned"))]
pub(super) struct Node<S> {
    /// How many values of each type, in the order of [`Kind::ALL`].
    kinds: [u64; 10],
    /// How many are true.
    pub(super) trues: u64,
    /// What the watch saw.
    #[serde(serialize_with = "to_json", deserialize_with = "from_json")]
    pub(super) seen: S,
    pub(super) values: Values,
    pub(super) numbers: Option<Box<Numbers>>,
    pub(super) texts: Option<Box<Lengths>>,
    pub(super) ends: Option<Box<Ends>>,
    pub(super) sizes: Option<Box<Lengths>>,
    pub(super) members: Option<Box<Members<S>>>,
    pub(super) element: Option<Box<Node<S>>>,
    /// Some of its values.
    pub(super) samples: Vec<Cut>,
}

/// What maps hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "S: Serialize", deserialize = "S: DeserializeOwned"))]
pub(super) enum Members<S> {
    /// Members with names.
    Named(Named<S>),
    /// Values under keys that are data.
    Data(Box<Data<S>>),
}

/// Values under keys that are data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "S: Serialize", deserialize = "S: DeserializeOwned"))]
pub(super) struct Data<S> {
    pub(super) keys: Values,
    pub(super) key_count: u64,
    /// What the watch saw of the keys.
    #[serde(serialize_with = "to_json", deserialize_with = "from_json")]
    pub(super) key_seen: S,
    pub(super) value: Node<S>,
}

/// Members with names, in the order in which they came first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "S: Serialize", deserialize = "S: DeserializeOwned"))]
pub(super) struct Named<S> {
    pub(super) members: Vec<Member<S>>,
    /// Which one came first the last time.
    first: u32,
    /// Where each is, by the hash of its name; made anew where it is too short.
    #[serde(skip)]
    places: Places,
}

/// A member of a map, or an attribute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "S: Serialize", deserialize = "S: DeserializeOwned"))]
pub(super) struct Member<S> {
    pub(super) name: Box<str>,
    pub(super) hash: u64,
    /// Which one came behind it the last time.
    next: u32,
    pub(super) node: Node<S>,
}

/// How much more a tree may hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Room {
    nodes: usize,
    name_bytes: usize,
    /// Values that found no place.
    pub(super) left_out: u64,
}

impl<S: Default> Node<S> {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            kinds: [0; 10],
            trues: 0,
            seen: S::default(),
            values: Values::new(limits.distinct),
            numbers: None,
            texts: None,
            ends: None,
            sizes: None,
            members: None,
            element: None,
            samples: Vec::new(),
        }
    }
}

impl<S> Node<S> {
    #[inline]
    pub(super) fn count_kind(&mut self, kind: Kind, by: u64) {
        if let Some(count) = self.kinds.get_mut(kind as usize) {
            *count += by;
        }
    }

    pub(super) fn kind_count(&self, kind: Kind) -> u64 {
        self.kinds.get(kind as usize).copied().unwrap_or(0)
    }

    /// How many values it has.
    pub(super) fn total(&self) -> u64 {
        self.kinds.iter().sum()
    }

    /// Its most common type, NULL left aside.
    pub(super) fn main_kind(&self) -> Option<Kind> {
        let kinds = Kind::ALL.iter().map(|(kind, _)| *kind).filter(|kind| *kind != Kind::Null);
        kinds.filter(|kind| self.kind_count(*kind) > 0).max_by_key(|kind| self.kind_count(*kind))
    }

    /// How many nodes hang on it, with itself.
    pub(super) fn size(&self) -> usize {
        let members = match self.members.as_deref() {
            Some(Members::Named(named)) => named.members.iter().map(|member| member.node.size()).sum(),
            Some(Members::Data(data)) => data.value.size(),
            None => 0,
        };
        1 + members + self.element.as_ref().map_or(0, |element| element.size())
    }
}

impl<S> Default for Named<S> {
    fn default() -> Self {
        Self { members: Vec::new(), first: 0, places: Places::default() }
    }
}

impl<S> Named<S> {
    /// Finds a member by what came behind the one before it the last time, else by its name.
    #[inline]
    pub(super) fn find(&mut self, name: &str, before: Option<usize>) -> Option<usize> {
        let likely = match before.and_then(|before| self.members.get(before)) {
            Some(before) => before.next,
            None => self.first,
        } as usize;
        if let Some(member) = self.members.get(likely) {
            if *member.name == *name {
                return Some(likely);
            }
            // One may be missing.
            let further = member.next as usize;
            if self.members.get(further).is_some_and(|member| *member.name == *name) {
                return Some(further);
            }
        }
        self.find_by_name(name, before)
    }

    fn find_by_name(&mut self, name: &str, before: Option<usize>) -> Option<usize> {
        if self.places.len() < self.members.len() {
            self.places = (0..).zip(&self.members).map(|(at, member)| (member.hash, at)).collect();
        }
        let at = *self.places.get(&xxh3_64(name.as_bytes()))?;
        self.follow(before, at);
        Some(at as usize)
    }

    fn follow(&mut self, before: Option<usize>, at: u32) {
        match before.and_then(|before| self.members.get_mut(before)) {
            Some(before) => before.next = at,
            None => self.first = at,
        }
    }
}

impl<S: Default> Named<S> {
    /// Adds a member, if there is room for it.
    pub(super) fn add(&mut self, name: &str, before: Option<usize>, limits: &Limits, room: &mut Room) -> Option<usize> {
        let at = u32::try_from(self.members.len()).ok().filter(|_| room.take(name.len()))?;
        let hash = xxh3_64(name.as_bytes());
        self.places.insert(hash, at);
        self.members.push(Member { name: name.into(), hash, next: at + 1, node: Node::new(limits) });
        self.follow(before, at);
        Some(at as usize)
    }
}

impl Room {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { nodes: limits.attributes, name_bytes: limits.name_bytes, left_out: 0 }
    }

    /// Takes the room of a node, if there is any left.
    pub(super) fn take(&mut self, name_bytes: usize) -> bool {
        let is_room = self.nodes > 0 && self.name_bytes >= name_bytes;
        if is_room {
            self.nodes -= 1;
            self.name_bytes -= name_bytes;
        }
        is_room
    }

    /// Gives room back.
    pub(super) fn give(&mut self, nodes: usize) {
        self.nodes += nodes;
    }
}

/// Places by hashes, which are hashed no further.
type Places = HashMap<u64, u32, BuildHasherDefault<AsIs>>;

#[derive(Debug, Clone, Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

fn to_json<T: Serialize, S: Serializer>(seen: &T, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::Error;
    serde_json::to_string(seen).map_err(S::Error::custom)?.serialize(serializer)
}

fn from_json<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
