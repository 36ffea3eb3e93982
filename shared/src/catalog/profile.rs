//! Folds the answers of Scan into a tree of attributes with their metrics, byte by byte and in bounded memory.
//!
//! No tree of JSON is made: what is read is counted at once. Types are DynamoDB's own at every level. How many different
//! values there are, the quartiles and frequent values are exact as long as an attribute has up to 1,024 different values
//! whose texts take up to 64 KB, however often each comes; then they are estimated, and the profile says which are.
//! Counts, smallest, largest, sums, means and deviations are never estimated.
//!
//! `parser` reads JSON, `fold` counts what it reads in the `tree`, `collapse` tells named members from keys that are data,
//! `finish` makes the native form. `number` and `decimal` compute without binary floating point; `values`, `frequent`,
//! `quantiles`, `lengths` and `numbers` are what is kept of an attribute.

mod cast;
mod collapse;
mod decimal;
mod finish;
mod fold;
mod frequent;
mod lengths;
mod metrics;
mod number;
mod numbers;
mod parser;
mod quantiles;
mod text;
mod tree;
mod values;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use self::{
    fold::Fold,
    parser::Parser,
    tree::{Named, Room},
};
use super::{
    native::{Attribute, Key},
    watch::Watch,
};

pub use self::finish::{ELEMENT, VALUE};

/// What saved profiles begin with; those of another version are not gone on with.
const VERSION: u32 = 1;

/// How much a profile may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Attributes, members and elements altogether; values of others are left out, and counted.
    pub attributes: usize,
    /// Attributes at the top.
    pub top: usize,
    /// Names of members of one map; with more, its keys are taken for data.
    pub members: usize,
    /// Different values of one attribute that are all counted; estimates take half of it at least.
    pub distinct: usize,
    /// Bytes of names altogether.
    pub name_bytes: usize,
}

impl Default for Limits {
    /// Some 100 KB for each attribute at most, and 20 MB for three hundred of them.
    fn default() -> Self {
        Self { attributes: 2000, top: 1000, members: 256, distinct: 1024, name_bytes: 1 << 20 }
    }
}

/// Why an answer cannot be folded, or a profile not be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The answer is not what Scan answers.
    #[error("the answer cannot be read as items from byte {0} on")]
    Malformed(usize),
    /// It nests deeper than items do.
    #[error("the answer nests too deep to be of items")]
    TooDeep,
    /// The bytes are no saved profile of this version.
    #[error("what was saved of the profile cannot be read")]
    Saved,
}

/// What an answer said beside its items.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// How many items it had.
    pub items: u64,
    /// The key to go on from; none where the scan is at its end.
    pub last_key: Option<Value>,
    /// The read units that it took; zero where it does not say.
    pub units: f64,
}

/// What all answers make.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finished {
    /// How many items there were.
    pub items: u64,
    /// The attributes: the table's keys, the indexes' keys, then the others by name.
    pub attributes: Vec<Attribute>,
    /// How many values were left out because there were too many different attributes.
    pub left_out: u64,
}

/// A profile under way.
#[derive(Debug, Clone)]
pub struct Profiler<W: Watch = ()> {
    watch: W,
    keys: Vec<Key>,
    limits: Limits,
    items: u64,
    attributes: Named<W::Seen>,
    room: Room,
}

impl<W: Watch> Profiler<W> {
    /// Begins a profile. `keys` are the table's keys, then those of each index, in order; a name may come twice.
    pub fn new(watch: W, keys: Vec<Key>, limits: Limits) -> Self {
        let (mut attributes, mut room) = (Named::default(), Room::new(&limits));
        for key in &keys {
            if attributes.find(&key.attribute, None).is_none() {
                attributes.add(&key.attribute, None, &limits, &mut room);
            }
        }
        Self { watch, keys, limits, items: 0, attributes, room }
    }

    /// Folds one answer of Scan, the whole body.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] or [`Error::TooDeep`]. The profile then holds a part of the answer and is of no more use.
    pub fn page(&mut self, body: &[u8]) -> Result<Page, Error> {
        let parser = Parser::new(body)?;
        let mut fold = Fold { parser, watch: &self.watch, limits: &self.limits, room: &mut self.room };
        let mut page = Page::default();
        let mut has_items = false;
        fold.parser.take(b'{')?;
        loop {
            let name = fold.parser.text()?;
            fold.parser.take(b':')?;
            match &*name {
                "Items" if !has_items => {
                    page.items = fold.items(&mut self.attributes)?;
                    has_items = true;
                }
                "LastEvaluatedKey" => {
                    page.last_key = key(fold.parser.skip()?).map_err(|()| Error::Malformed(fold.parser.place()))?;
                }
                "ConsumedCapacity" => page.units = units(fold.parser.skip()?)?,
                _ => drop(fold.parser.skip()?),
            }
            if !fold.parser.goes_on(b'}')? {
                break;
            }
        }
        fold.parser.end()?;
        if !has_items {
            return fold.parser.malformed();
        }
        self.items += page.items;
        Ok(page)
    }

    /// How many items were folded.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// The profile as bytes, to go on later: some 20 KB for each attribute.
    ///
    /// # Errors
    ///
    /// [`Error::Saved`] where what the watch saw cannot be written.
    pub fn save(&self) -> Result<Vec<u8>, Error> {
        let state = (VERSION, self.items, &self.attributes, &self.room);
        let mut bytes = postcard::to_stdvec(&state).map_err(|_| Error::Saved)?;
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Goes on with a profile that was saved.
    ///
    /// # Errors
    ///
    /// [`Error::Saved`] where the bytes are no profile, or one of another version.
    pub fn restore(watch: W, keys: Vec<Key>, limits: Limits, bytes: &[u8]) -> Result<Self, Error> {
        // A checksum stands behind, so that nothing else has to doubt what was saved.
        let (state, checksum) = bytes.split_last_chunk().ok_or(Error::Saved)?;
        let (version, rest): (u32, &[u8]) = postcard::take_from_bytes(state).map_err(|_| Error::Saved)?;
        if version != VERSION || xxh3_64(state).to_le_bytes() != *checksum {
            return Err(Error::Saved);
        }
        let (items, attributes, room) = postcard::from_bytes(rest).map_err(|_| Error::Saved)?;
        Ok(Self { watch, keys, limits, items, attributes, room })
    }

    /// Makes the attributes.
    ///
    /// `judge` is asked once for every attribute, member and element, those inside before those around them: with its
    /// path from the top ([`ELEMENT`] stands for elements, [`VALUE`] for the values of a map whose keys are data), what the
    /// watch saw, and the attribute, which it may classify and mask. Where `samples` is false, none are told.
    pub fn finish(self, samples: bool, judge: impl FnMut(&[&str], &W::Seen, &mut Attribute)) -> Finished {
        finish::finish(self, samples, judge)
    }
}

/// The key that `LastEvaluatedKey` says, if it says one.
fn key(text: &str) -> Result<Option<Value>, ()> {
    match serde_json::from_str(text) {
        Ok(Value::Null) => Ok(None),
        Ok(key @ Value::Object(_)) => Ok(Some(key)),
        _ => Err(()),
    }
}

/// The read units that `ConsumedCapacity` says.
fn units(text: &str) -> Result<f64, Error> {
    let mut parser = Parser::new(text.as_bytes())?;
    let mut units = 0.0;
    if !parser.takes(b'{') || parser.takes(b'}') {
        return Ok(units);
    }
    loop {
        let name = parser.text()?;
        parser.take(b':')?;
        if name == "CapacityUnits" {
            units = parser.number()?;
        } else {
            parser.skip()?;
        }
        if !parser.goes_on(b'}')? {
            return Ok(units);
        }
    }
}

/// Spreads the bits of a number over all of it, so that it can be a hash.
#[inline]
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 32)).wrapping_mul(0xe903_6957_2b2d_a64f);
    let number = (number ^ (number >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number ^ (number >> 32)
}
