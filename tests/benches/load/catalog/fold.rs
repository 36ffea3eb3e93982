//! A profile by hand: types, presence, lengths, ends, sums, deviations and an estimate of how many values differ, of each
//! attribute and member. It checks nothing, keeps no quartiles and no frequent values, and computes in floating point.

use memchr::{memchr, memchr2};
use xxhash_rust::xxh3::xxh3_64;

/// What is kept of an attribute.
struct Seen {
    name: Box<[u8]>,
    /// How many values of each type, by the last letter of its name.
    kinds: [u64; 32],
    registers: Box<[u8; 4096]>,
    /// Of lengths, or of numbers.
    count: f64,
    mean: f64,
    squares: f64,
    least: f64,
    most: f64,
    min: Vec<u8>,
    max: Vec<u8>,
    members: Vec<Seen>,
}

/// A place in a page.
struct Place<'a> {
    page: &'a [u8],
    at: usize,
}

/// The profile of a table.
#[derive(Default)]
pub(crate) struct Profile {
    items: u64,
    attributes: Vec<Seen>,
}

impl Profile {
    /// Takes in a page; hands back where the next one begins.
    pub(crate) fn page<'a>(&mut self, page: &'a [u8]) -> Option<&'a str> {
        let at = memchr::memmem::find(page, b"\"Items\":[").expect("items") + 9;
        let mut place = Place { page, at };
        while place.byte() == b'{' {
            place.map(&mut self.attributes);
            self.items += 1;
            place.at += usize::from(place.byte() == b',');
        }
        let rest = &page[place.at..];
        let from = memchr::memmem::find(rest, b"\"LastEvaluatedKey\":")? + 19;
        let end = memchr::memmem::find(&rest[from..], b"}}").expect("the key's end") + 2;
        Some(std::str::from_utf8(&rest[from..from + end]).expect("text"))
    }

    /// How many items there were; the metrics of each attribute are made, and looked at by nobody.
    pub(crate) fn finish(self) -> u64 {
        for seen in &self.attributes {
            std::hint::black_box(seen.metrics(self.items));
        }
        self.items
    }
}

impl Place<'_> {
    fn byte(&self) -> u8 {
        self.page[self.at]
    }

    /// Reads members of a map, or attributes of an item, where they are likely to stand: one behind the other.
    fn map(&mut self, members: &mut Vec<Seen>) {
        self.at += 1;
        let mut likely = 0;
        while self.byte() != b'}' {
            let (from, end) = self.text();
            self.at += 1;
            let name = &self.page[from..end];
            let found = |seen: &Seen| *seen.name == *name;
            if !members.get(likely).is_some_and(found) {
                likely = members.iter().position(found).unwrap_or_else(|| {
                    members.push(Seen::new(name));
                    members.len() - 1
                });
            }
            self.value(&mut members[likely]);
            likely += 1;
            self.at += usize::from(self.byte() == b',');
        }
        self.at += 1;
    }

    fn value(&mut self, seen: &mut Seen) {
        self.at += 1;
        let (from, end) = self.text();
        self.at += 1;
        let kind = &self.page[from..end];
        seen.kinds[usize::from(kind[kind.len() - 1] & 31)] += 1;
        match kind {
            b"S" | b"B" => {
                let (from, end) = self.text();
                seen.text(&self.page[from..end]);
            }
            b"N" => {
                let (from, end) = self.text();
                seen.number(&self.page[from..end]);
            }
            b"M" => self.map(&mut seen.members),
            b"L" | b"SS" | b"NS" | b"BS" => self.list(seen, kind),
            _ => self.at += memchr(b'}', &self.page[self.at..]).expect("an end"),
        }
        self.at += 1;
    }

    fn list(&mut self, seen: &mut Seen, kind: &[u8]) {
        self.at += 1;
        if seen.members.is_empty() {
            seen.members.push(Seen::new(b"[]"));
        }
        let mut length = 0.0;
        while self.byte() != b']' {
            if kind == b"L" {
                self.value(&mut seen.members[0]);
            } else {
                let (from, end) = self.text();
                if kind == b"NS" {
                    seen.members[0].number(&self.page[from..end]);
                } else {
                    seen.members[0].text(&self.page[from..end]);
                }
            }
            length += 1.0;
            self.at += usize::from(self.byte() == b',');
        }
        self.at += 1;
        seen.spread(length);
    }

    /// Where a text begins and ends, as it stands.
    fn text(&mut self) -> (usize, usize) {
        self.at += 1;
        let from = self.at;
        loop {
            self.at += memchr2(b'"', b'\\', &self.page[self.at..]).expect("a quote");
            if self.byte() == b'"' {
                self.at += 1;
                return (from, self.at - 1);
            }
            self.at += 2;
        }
    }
}

impl Seen {
    fn new(name: &[u8]) -> Self {
        Self {
            name: name.into(),
            kinds: [0; 32],
            registers: Box::new([0; 4096]),
            count: 0.0,
            mean: 0.0,
            squares: 0.0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            min: Vec::new(),
            max: Vec::new(),
            members: Vec::new(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a count")]
    fn text(&mut self, text: &[u8]) {
        self.hash(text);
        self.spread(std::str::from_utf8(text).expect("UTF-8").chars().count() as f64);
        if self.min.is_empty() || text < self.min.as_slice() {
            self.min.clear();
            self.min.extend_from_slice(text);
        }
        if text > self.max.as_slice() {
            self.max.clear();
            self.max.extend_from_slice(text);
        }
    }

    fn number(&mut self, text: &[u8]) {
        self.hash(text);
        self.spread(std::str::from_utf8(text).expect("digits").parse().expect("a number"));
    }

    fn spread(&mut self, value: f64) {
        self.count += 1.0;
        let apart = value - self.mean;
        self.mean += apart / self.count;
        self.squares += apart * (value - self.mean);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    fn hash(&mut self, text: &[u8]) {
        let hash = xxh3_64(text);
        let register = &mut self.registers[usize::try_from(hash >> 52).expect("twelve bits")];
        *register = (*register).max(u8::try_from((hash << 12).leading_zeros()).expect("a count") + 1);
    }

    /// Presence, how many values differ, the mean and the deviation.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn metrics(&self, items: u64) -> [f64; 4] {
        let sum: f64 = self.registers.iter().map(|register| 0.5_f64.powi(i32::from(*register))).sum();
        let distinct = 0.7213 / (1.0 + 1.079 / 4096.0) * 4096.0 * 4096.0 / sum;
        let total: u64 = self.kinds.iter().sum();
        let members: f64 = self.members.iter().map(|member| member.metrics(total)[0]).sum();
        [total as f64 / items as f64 + members, distinct, self.mean, (self.squares / self.count).sqrt()]
    }
}
