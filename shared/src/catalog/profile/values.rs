//! How many different values there are, and which are frequent.

use datasketches::hll::{HllSketch, HllType, HllUnion};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    cast::{self, float},
    frequent::{Counted, Frequent},
    number::Number,
    quantiles::Quantiles,
    text::Cut,
};

/// How many bytes the texts of values may take that are all counted.
const MOST_TEXT: usize = 64 << 10;

/// The estimate of how many different values there are has 2^12 registers: it is off by 1.6 percent (standard error).
const REGISTERS: u8 = 12;

/// A value as it is counted: by its hash, and by its text where that may be told.
#[derive(Clone, Copy)]
pub(super) enum Sight<'a> {
    Text(&'a str),
    Number(&'a str, f64),
    Other,
}

/// Different values with how often each was seen: all of them, as long as there are not too many; then of a share of
/// them, chosen by their hashes, with sketches of all beside.
///
/// A share that is chosen by hashes is a fair sample of the *different* values, each with its true count: what part of
/// them was seen once can be told of it, which no sketch of all values can tell.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct Values {
    /// How many are counted at most.
    limit: usize,
    places: Vec<Place>,
    taken: usize,
    /// Only hashes that begin with so many zero bits are counted.
    level: u32,
    texts: Vec<Cut>,
    text_bytes: usize,
    sketch: Option<Box<Sketch>>,
}

/// A value that is counted; free where its count is zero.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    hash: u64,
    count: u64,
    /// Where its text is, from one on; zero where it has none.
    text: u32,
}

/// What is known of all values when not all are counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sketch {
    #[serde(serialize_with = "to_bytes", deserialize_with = "from_bytes")]
    distinct: HllSketch,
    frequent: Frequent,
    quantiles: Quantiles,
}

impl Values {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether every value is counted, and its text kept where it may be told.
    pub(super) fn is_exact(&self) -> bool {
        self.sketch.is_none()
    }

    /// Whether every value is counted.
    pub(super) fn counts_all(&self) -> bool {
        self.level == 0
    }

    /// Counts a value.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, sight: Sight<'_>) {
        self.add_many(hash, 1, sight);
    }

    /// Counts a value that was seen so often.
    #[inline]
    pub(super) fn add_many(&mut self, hash: u64, count: u64, sight: Sight<'_>) {
        if let Some(sketch) = &mut self.sketch {
            sketch.add(hash, sight);
            if hash.leading_zeros() < self.level {
                return;
            }
        }
        let is_exact = self.is_exact();
        let Some(place) = self.place(hash) else { return };
        let (is_new, has_text) = (place.count == 0, place.text > 0);
        place.count += count;
        // The texts of numbers are needed for quantiles, other ones only for values that are frequent.
        let text = match sight {
            Sight::Number(text, _) if is_new && is_exact => Some(Cut::number(text)),
            Sight::Text(text) if !is_new && !has_text && is_exact => Some(Cut::new(text)),
            _ => None,
        };
        if let Some(text) = text {
            self.keep(hash, text);
        }
        if is_new {
            self.taken += 1;
            self.make_room();
        }
    }

    /// Adds all that was counted elsewhere.
    pub(super) fn join(&mut self, other: &Self) {
        if other.sketch.is_some() {
            self.estimate();
        }
        if let Some(sketch) = &mut self.sketch {
            match &other.sketch {
                Some(theirs) => sketch.join(theirs),
                None => sketch.take_in(other),
            }
        }
        self.level = self.level.max(other.level);
        self.thin();
        let was_exact = self.is_exact();
        for theirs in other.in_order() {
            if let Some(sketch) = self.sketch.as_mut().filter(|_| was_exact) {
                sketch.take_one(&theirs, other.text(&theirs));
            }
            if theirs.hash.leading_zeros() < self.level {
                continue;
            }
            let is_exact = self.is_exact();
            let Some(place) = self.place(theirs.hash) else { continue };
            let (is_new, has_text) = (place.count == 0, place.text > 0);
            place.count += theirs.count;
            if let Some(text) = other.text(&theirs).filter(|_| !has_text && is_exact) {
                self.keep(theirs.hash, text.clone());
            }
            if is_new {
                self.taken += 1;
                self.make_room();
            }
        }
    }

    /// How many different values there are among so many.
    pub(super) fn distinct(&self, values: u64) -> u64 {
        let Some(sketch) = self.sketch.as_ref().filter(|_| !self.counts_all()) else { return self.taken as u64 };
        let (taken, counted) = (float(self.taken as u64), float(self.places.iter().map(|place| place.count).sum()));
        // Where hardly a value comes twice, the share of those that do tells more than the sketch.
        let estimate = if counted < taken * 1.1 { float(values) * taken / counted } else { sketch.distinct.estimate() };
        cast::count(estimate).clamp(self.taken as u64, values.max(self.taken as u64))
    }

    /// How many of them were seen once, if so many are different.
    pub(super) fn unique(&self, distinct: u64) -> u64 {
        let unique = self.places.iter().filter(|place| place.count == 1).count() as u64;
        if self.counts_all() {
            return unique;
        }
        cast::count(float(distinct) * float(unique) / float(self.taken.max(1) as u64)).min(distinct)
    }

    /// The values whose text is known, with their counts.
    pub(super) fn frequent(&self) -> Vec<(&Cut, u64)> {
        match &self.sketch {
            None => self.places.iter().filter_map(|place| Some((self.text(place)?, place.count))).collect(),
            Some(sketch) => {
                let values = sketch.frequent.values();
                values.filter_map(|(counted, count)| Some((counted.text.as_ref()?, count))).collect()
            }
        }
    }

    /// The different numbers in order, with how often each was seen; none where not all are counted.
    pub(super) fn numbers(&self) -> Option<Vec<(Number, u64)>> {
        if !self.is_exact() {
            return None;
        }
        let texts = self.frequent().into_iter().filter(|(text, _)| text.is_number);
        let mut numbers: Vec<_> =
            texts.filter_map(|(text, count)| Some((Number::parse(text.kept())?, count))).collect();
        numbers.sort_unstable();
        Some(numbers)
    }

    /// Where numbers lie, where not all are counted.
    pub(super) fn quantiles(&self) -> Option<&Quantiles> {
        self.sketch.as_ref().map(|sketch| &sketch.quantiles)
    }

    /// The values that are counted, in an order that is the same however they came.
    fn in_order(&self) -> Vec<Place> {
        let mut taken: Vec<Place> = self.places.iter().filter(|place| place.count > 0).copied().collect();
        taken.sort_unstable_by_key(|place| place.hash);
        taken
    }

    fn text(&self, place: &Place) -> Option<&Cut> {
        self.texts.get((place.text as usize).checked_sub(1)?)
    }

    /// The place of a value: where it is, or where it would be.
    #[inline]
    fn place(&mut self, hash: u64) -> Option<&mut Place> {
        if self.places.is_empty() {
            self.places.resize(16, Place::default());
        }
        let mask = self.places.len() - 1;
        let mut at = cast::place(hash) & mask;
        while self.places.get(at).is_some_and(|place| place.hash != hash && place.count > 0) {
            at = (at + 1) & mask;
        }
        let place = self.places.get_mut(at)?;
        place.hash = hash;
        Some(place)
    }

    fn keep(&mut self, hash: u64, text: Cut) {
        self.text_bytes += text.kept().len();
        self.texts.push(text);
        let number = u32::try_from(self.texts.len()).unwrap_or_default();
        if let Some(place) = self.place(hash) {
            place.text = number;
        }
        if self.text_bytes > MOST_TEXT {
            self.estimate();
        }
    }

    /// Sees to it that the next value has a place.
    fn make_room(&mut self) {
        if self.taken > self.limit {
            self.estimate();
            while self.taken > self.limit && self.level < 63 {
                self.level += 1;
                self.thin();
            }
        } else if self.taken * 2 > self.places.len() {
            let places = self.places.len() * 2;
            self.rebuild(places);
        }
    }

    /// Lets go of the values whose hashes are not chosen.
    fn thin(&mut self) {
        if self.level > 0 {
            self.rebuild(self.places.len());
        }
    }

    fn rebuild(&mut self, size: usize) {
        let places = std::mem::replace(&mut self.places, vec![Place::default(); size]);
        self.taken = 0;
        let level = self.level;
        for old in places.into_iter().filter(|place| place.count > 0 && place.hash.leading_zeros() >= level) {
            if let Some(place) = self.place(old.hash) {
                *place = old;
                self.taken += 1;
            }
        }
    }

    /// Begins to estimate.
    fn estimate(&mut self) {
        if self.sketch.is_some() {
            return;
        }
        let Ok(distinct) = HllSketch::new(REGISTERS, HllType::Hll8) else { return };
        let mut sketch = Sketch { distinct, frequent: Frequent::default(), quantiles: Quantiles::default() };
        sketch.take_in(self);
        self.sketch = Some(Box::new(sketch));
        for place in &mut self.places {
            place.text = 0;
        }
        self.texts = Vec::new();
        self.text_bytes = 0;
    }
}

impl Sketch {
    #[inline]
    fn add(&mut self, hash: u64, sight: Sight<'_>) {
        self.distinct.update(hash);
        match sight {
            Sight::Text(text) => self.frequent.add(hash, || Some(Cut::new(text))),
            Sight::Number(text, float) => {
                self.frequent.add(hash, || Some(Cut::number(text)));
                self.quantiles.add(float);
            }
            Sight::Other => {}
        }
    }

    /// Takes in values that are all counted.
    fn take_in(&mut self, values: &Values) {
        for place in values.in_order() {
            self.take_one(&place, values.text(&place));
        }
    }

    fn take_one(&mut self, place: &Place, text: Option<&Cut>) {
        self.distinct.update(place.hash);
        if let Some(number) = text.filter(|text| text.is_number) {
            self.quantiles.add_many(number.kept().parse().unwrap_or_default(), place.count);
        }
        self.frequent.add_many([Counted { hash: place.hash, count: place.count, text: text.cloned() }]);
    }

    fn join(&mut self, other: &Self) {
        if let Ok(mut union) = HllUnion::new(REGISTERS) {
            union.update(&self.distinct);
            union.update(&other.distinct);
            self.distinct = union.to_sketch(HllType::Hll8);
        }
        self.frequent.join(&other.frequent);
        self.quantiles.join(&other.quantiles);
    }
}

/// Values as they are saved: without free places.
#[derive(Serialize, Deserialize)]
struct Saved {
    limit: usize,
    level: u32,
    counted: Vec<(u64, u64, Option<Cut>)>,
    sketch: Option<Box<Sketch>>,
}

impl From<Values> for Saved {
    fn from(values: Values) -> Self {
        let taken = values.places.iter().filter(|place| place.count > 0);
        let counted = taken.map(|place| (place.hash, place.count, values.text(place).cloned())).collect();
        Self { limit: values.limit, level: values.level, counted, sketch: values.sketch }
    }
}

impl From<Saved> for Values {
    fn from(saved: Saved) -> Self {
        let mut values = Self { limit: saved.limit, ..Self::default() };
        for (hash, count, text) in saved.counted {
            if let Some(place) = values.place(hash) {
                place.count = count;
            }
            if let Some(text) = text {
                values.keep(hash, text);
            }
            values.taken += 1;
            if values.taken * 2 > values.places.len() {
                values.rebuild(values.places.len() * 2);
            }
        }
        values.level = saved.level;
        values.sketch = saved.sketch;
        values
    }
}

fn to_bytes<S: Serializer>(sketch: &HllSketch, serializer: S) -> Result<S::Ok, S::Error> {
    sketch.serialize().serialize(serializer)
}

fn from_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HllSketch, D::Error> {
    HllSketch::deserialize(&Vec::<u8>::deserialize(deserializer)?).map_err(de::Error::custom)
}
