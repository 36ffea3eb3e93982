//! Folds JSON into the tree as it is read.

use xxhash_rust::xxh3::xxh3_64;

use super::{
    Error, Limits, collapse, mix,
    number::Number,
    numbers::Numbers,
    parser::{Kind, Parser},
    text::{Cut, Ends},
    tree::{Data, Members, Named, Node, Room},
    values::{Sight, Values},
};
use crate::catalog::watch::Watch;

/// How deep an item may nest: DynamoDB allows 32 levels.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const DEEPEST: u32 = 40;

/// How many values of an attribute are kept as samples.
pub(super) const SAMPLES: usize = 5;

/// Of how many values samples are taken.
const SAMPLED: u64 = 1000;

/// A page under way.
pub(super) struct Fold<'a, 'p, W> {
    pub(super) parser: Parser<'a>,
    pub(super) watch: &'p W,
    pub(super) limits: &'p Limits,
    pub(super) room: &'p mut Room,
}

impl<W: Watch> Fold<'_, '_, W> {
    /// Folds a list of items and hands back how many there were.
    pub(super) fn items(&mut self, root: &mut Named<W::Seen>) -> Result<u64, Error> {
        self.parser.take(b'[')?;
        let mut items = 0;
        if self.parser.takes(b']') {
            return Ok(items);
        }
        loop {
            self.item(root)?;
            items += 1;
            if !self.parser.goes_on(b']')? {
                return Ok(items);
            }
        }
    }

    fn item(&mut self, root: &mut Named<W::Seen>) -> Result<(), Error> {
        self.parser.take(b'{')?;
        if self.parser.takes(b'}') {
            return Ok(());
        }
        let mut before = None;
        loop {
            let name = self.parser.text()?;
            self.parser.take(b':')?;
            let mut at = root.find(&name, before);
            if at.is_none() && root.members.len() < self.limits.top {
                at = root.add(&name, before, self.limits, self.room);
            }
            match at.and_then(|at| root.members.get_mut(at)) {
                Some(member) => {
                    self.value(&mut member.node, 1)?;
                    before = at;
                }
                None => {
                    self.leave_out()?;
                }
            }
            if !self.parser.goes_on(b'}')? {
                return Ok(());
            }
        }
    }

    /// Folds a value into a node and hands back its hash, equal for equal values.
    fn value(&mut self, node: &mut Node<W::Seen>, depth: u32) -> Result<u64, Error> {
        if depth > DEEPEST {
            return Err(Error::TooDeep);
        }
        let kind = self.parser.open()?;
        node.count_kind(kind, 1);
        let hash = match kind {
            Kind::Text => {
                let text = self.parser.text()?;
                self.text(node, &text)
            }
            Kind::Number => {
                let text = self.parser.text()?;
                self.number(node, &text)?
            }
            Kind::Binary => {
                let text = self.parser.text()?;
                binary(node, &text)
            }
            Kind::Boolean => {
                let value = self.parser.boolean()?;
                node.trues += u64::from(value);
                mix(0xb0 + u64::from(value))
            }
            Kind::Null => {
                self.parser.boolean()?;
                mix(0x90)
            }
            Kind::Map => self.map(node, depth)?,
            Kind::List => self.elements(node, depth, None)?,
            Kind::TextSet => self.elements(node, depth, Some(Kind::Text))?,
            Kind::NumberSet => self.elements(node, depth, Some(Kind::Number))?,
            Kind::BinarySet => self.elements(node, depth, Some(Kind::Binary))?,
        };
        self.parser.take(b'}')?;
        Ok(hash)
    }

    #[inline]
    fn text(&self, node: &mut Node<W::Seen>, text: &str) -> u64 {
        let hash = xxh3_64(text.as_bytes());
        node.texts.get_or_insert_default().add(self.parser.characters(text));
        match &mut node.ends {
            Some(ends) => ends.add(text),
            None => node.ends = Some(Box::new(Ends::new(text))),
        }
        node.values.add(hash, Sight::Text(text));
        sample(node, text, Cut::new);
        self.watch.text(&mut node.seen, text);
        hash
    }

    #[inline]
    fn number(&self, node: &mut Node<W::Seen>, text: &str) -> Result<u64, Error> {
        let Some(number) = Number::parse(text) else { return self.parser.malformed() };
        let (hash, float) = (number.hash(), number.float(text));
        node.numbers.get_or_insert_with(|| Box::new(Numbers::new(number, float))).add(number, float);
        node.values.add(hash, Sight::Number(text, float));
        sample(node, text, Cut::number);
        self.watch.number(&mut node.seen, text);
        Ok(hash)
    }

    /// Folds the elements of a list, or of a set: their hashes are summed up, since it has no order.
    fn elements(&mut self, node: &mut Node<W::Seen>, depth: u32, of_set: Option<Kind>) -> Result<u64, Error> {
        self.parser.take(b'[')?;
        let (mut length, mut hash) = (0, 0_u64);
        if !self.parser.takes(b']') {
            if node.element.is_none() && self.room.take(0) {
                node.element = Some(Box::new(Node::new(self.limits)));
            }
            loop {
                let each = match (&mut node.element, of_set) {
                    (Some(element), None) => self.value(element, depth + 1)?,
                    (Some(element), Some(kind)) => self.member_of_set(element, kind)?,
                    (None, _) => self.leave_out()?,
                };
                hash = if of_set.is_some() { hash.wrapping_add(mix(each)) } else { mix(hash ^ each) };
                length += 1;
                if !self.parser.goes_on(b']')? {
                    break;
                }
            }
        }
        node.sizes.get_or_insert_default().add(length);
        let kind = of_set.map_or(0x70, |kind| 0x71 + kind as u64);
        let hash = mix(hash ^ mix(length as u64) ^ kind);
        node.values.add(hash, Sight::Other);
        Ok(hash)
    }

    fn member_of_set(&mut self, element: &mut Node<W::Seen>, kind: Kind) -> Result<u64, Error> {
        element.count_kind(kind, 1);
        let text = self.parser.text()?;
        match kind {
            Kind::Text => Ok(self.text(element, &text)),
            Kind::Number => self.number(element, &text),
            _ => Ok(binary(element, &text)),
        }
    }

    fn map(&mut self, node: &mut Node<W::Seen>, depth: u32) -> Result<u64, Error> {
        self.parser.take(b'{')?;
        let (mut length, mut hash, mut before) = (0, 0_u64, None);
        if !self.parser.takes(b'}') {
            let members = node.members.get_or_insert_with(|| Box::new(Members::Named(Named::default())));
            loop {
                let name = self.parser.text()?;
                self.parser.take(b':')?;
                let value = self.member(members, &name, &mut before, depth)?;
                hash = hash.wrapping_add(mix(xxh3_64(name.as_bytes()) ^ value.rotate_left(32)));
                length += 1;
                if !self.parser.goes_on(b'}')? {
                    break;
                }
            }
        }
        node.sizes.get_or_insert_default().add(length);
        let hash = mix(hash ^ mix(length as u64) ^ 0x4d);
        node.values.add(hash, Sight::Other);
        Ok(hash)
    }

    /// Folds a member of a map; where there are so many names that they are none, the map becomes one of data.
    fn member(
        &mut self,
        members: &mut Members<W::Seen>,
        name: &str,
        before: &mut Option<usize>,
        depth: u32,
    ) -> Result<u64, Error> {
        if let Members::Named(named) = members {
            let mut at = named.find(name, *before);
            if at.is_none() {
                if collapse::is_time(named, self.limits) {
                    let named = std::mem::take(named);
                    *members = Members::Data(Box::new(collapse::to_data(named, self.watch, self.limits, self.room)));
                } else {
                    at = named.add(name, *before, self.limits, self.room);
                }
            }
            if let Members::Named(named) = members {
                let Some(member) = at.and_then(|at| named.members.get_mut(at)) else { return self.leave_out() };
                *before = at;
                return self.value(&mut member.node, depth + 1);
            }
        }
        match members {
            Members::Data(data) => {
                data.count_key(xxh3_64(name.as_bytes()), 1);
                self.watch.text(&mut data.key_seen, name);
                self.value(&mut data.value, depth + 1)
            }
            Members::Named(_) => self.leave_out(),
        }
    }

    /// Steps over a value that there is no room for.
    fn leave_out(&mut self) -> Result<u64, Error> {
        self.room.left_out += 1;
        let text = self.parser.skip()?;
        Ok(xxh3_64(text.as_bytes()))
    }
}

impl<S: Default> Data<S> {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { keys: Values::new(limits.distinct), key_count: 0, key_seen: S::default(), value: Node::new(limits) }
    }

    pub(super) fn count_key(&mut self, hash: u64, count: u64) {
        self.key_count += count;
        self.keys.add_many(hash, count, Sight::Other);
    }
}

/// Folds binary, by its base64.
fn binary<S>(node: &mut Node<S>, text: &str) -> u64 {
    let hash = mix(xxh3_64(text.as_bytes()) ^ 0xb1);
    let digits = text.trim_end_matches('=').len();
    node.texts.get_or_insert_default().add(digits * 3 / 4);
    node.values.add(hash, Sight::Other);
    hash
}

/// Keeps a value as a sample, if there are few yet.
#[inline]
fn sample<S>(node: &mut Node<S>, text: &str, cut: impl FnOnce(&str) -> Cut) {
    if node.samples.len() < SAMPLES && node.total() <= SAMPLED {
        let sample = cut(text);
        if !node.samples.contains(&sample) {
            node.samples.push(sample);
        }
    }
}
