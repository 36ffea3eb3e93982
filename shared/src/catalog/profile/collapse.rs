//! Tells maps with named members from maps whose keys are data, and makes one attribute of the values of such a map.
//!
//! A map's keys are data where its values have the same most common type in nine of ten names, and one of these holds:
//!
//! - Nine of ten names look like ids, dates or numbers: from two names on, if they cannot be anything else (a UUID, a
//!   date, six digits or more, an address of the network, sixteen letters and digits mixed), from one on, if they are
//!   addresses of mail; from ten names on, if they are numbers or have three digits in a row.
//! - There are more than fifty names; on average one is in less than a tenth of the maps; and at least half of the values
//!   stand under a name that came once only, so that there is no end of new ones. Optional members with names come again:
//!   this is judged at the end.
//!
//! Besides, a map that has had more names than are followed (256) is taken for one of data, whatever its values are.

use super::{
    Limits,
    parser::Kind,
    tree::{Data, Member, Members, Named, Node, Room},
};
use crate::catalog::watch::Watch;

/// At how many names it is looked whether these are names at all, before all maps are read.
const SUSPICIOUS: [usize; 4] = [16, 32, 64, 128];

/// Whether a map becomes one of data before a further name is added.
pub(super) fn is_time<S>(named: &Named<S>, limits: &Limits) -> bool {
    let count = named.members.len();
    count >= limits.members || (SUSPICIOUS.contains(&count) && look_like_data(named))
}

/// Whether the names of so many maps are data.
pub(super) fn is_data<S>(named: &Named<S>, maps: u64) -> bool {
    look_like_data(named) || have_no_end(named, maps)
}

fn look_like_data<S>(named: &Named<S>) -> bool {
    let like = |look: Look| named.members.iter().filter(|member| Look::of(&member.name) >= look).count();
    let least = match () {
        () if nine_of_ten(like(Look::Mail), named) => 1,
        () if nine_of_ten(like(Look::Id), named) => 2,
        () => 10,
    };
    named.members.len() >= least && nine_of_ten(like(Look::Number), named) && have_one_shape(named)
}

fn have_no_end<S>(named: &Named<S>, maps: u64) -> bool {
    let count = named.members.len();
    let values: u64 = named.members.iter().map(|member| member.node.total()).sum();
    let once = named.members.iter().filter(|member| member.node.total() == 1).count() as u64;
    count > 50 && values * 10 < maps.saturating_mul(count as u64) && once * 2 >= values && have_one_shape(named)
}

fn have_one_shape<S>(named: &Named<S>) -> bool {
    nine_of_ten(most_common(named.members.iter().map(|member| member.node.main_kind())), named)
}

fn nine_of_ten<S>(some: usize, named: &Named<S>) -> bool {
    some * 10 >= named.members.len() * 9
}

/// How often the most common type stands there.
fn most_common(kinds: impl Iterator<Item = Option<Kind>>) -> usize {
    let kinds: Vec<Kind> = kinds.flatten().collect();
    let count = |kind: &Kind| kinds.iter().filter(|each| *each == kind).count();
    Kind::ALL.iter().map(|(kind, _)| count(kind)).max().unwrap_or(0)
}

/// What a name looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Name,
    /// A number, or something with one.
    Number,
    /// An id or a date.
    Id,
    /// An address of mail, which is no name even where there is only one.
    Mail,
}

impl Look {
    fn of(name: &str) -> Self {
        let digits = name.bytes().filter(u8::is_ascii_digit).count();
        let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
        let is_made_of =
            |others: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.as_bytes().contains(&byte));
        let only_digits = letters == 0 && digits > 0 && is_made_of("-+.:/ ");
        let turns = name.as_bytes().windows(2).filter(|two| match two {
            [one, two] => {
                (one.is_ascii_digit() && two.is_ascii_alphabetic())
                    || (one.is_ascii_alphabetic() && two.is_ascii_digit())
            }
            _ => false,
        });
        let is_long = name.len() >= 16 && turns.count() >= 4 && is_made_of("-_");
        let is_mail = name.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let is_date = name.len() >= 10
            && name
                .bytes()
                .zip(*b"dddd-dd-dd")
                .all(|(byte, like)| (like == b'd' && byte.is_ascii_digit()) || byte == like);
        if is_mail {
            return Self::Mail;
        }
        if is_date || is_long || (only_digits && digits >= 6) {
            return Self::Id;
        }
        let row = name.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_digit));
        if only_digits || row { Self::Number } else { Self::Name }
    }
}

/// Makes one attribute of all members of a map.
pub(super) fn to_data<W: Watch>(named: Named<W::Seen>, watch: &W, limits: &Limits, room: &mut Room) -> Data<W::Seen> {
    let mut data = Data::new(limits);
    let before: usize = named.members.iter().map(|member| member.node.size()).sum();
    for Member { hash, name, node, .. } in named.members {
        data.count_key(hash, node.total());
        watch.text(&mut data.key_seen, &name);
        data.value.join(node, watch, limits);
    }
    room.give(before.saturating_sub(data.value.size()));
    data
}

impl<S: Default> Node<S> {
    /// Takes in all that was seen of another node.
    fn join<W: Watch<Seen = S>>(&mut self, other: Self, watch: &W, limits: &Limits) {
        for (kind, _) in Kind::ALL {
            self.count_kind(kind, other.kind_count(kind));
        }
        self.trues += other.trues;
        self.values.join(&other.values);
        watch.join(&mut self.seen, &other.seen);
        either(&mut self.numbers, other.numbers, |mine, theirs| mine.join(&theirs));
        either(&mut self.texts, other.texts, |mine, theirs| mine.join(&theirs));
        either(&mut self.ends, other.ends, |mine, theirs| mine.join(&theirs));
        either(&mut self.sizes, other.sizes, |mine, theirs| mine.join(&theirs));
        either(&mut self.element, other.element, |mine, theirs| mine.join(*theirs, watch, limits));
        either(&mut self.members, other.members, |mine, theirs| mine.join(*theirs, watch, limits));
        for sample in other.samples {
            if self.samples.len() < super::fold::SAMPLES && !self.samples.contains(&sample) {
                self.samples.push(sample);
            }
        }
    }
}

impl<S: Default> Members<S> {
    fn join<W: Watch<Seen = S>>(&mut self, other: Self, watch: &W, limits: &Limits) {
        // Room that is taken here is part of what the members had that are put together.
        let mut room = Room::new(limits);
        let theirs = match other {
            Self::Named(theirs) => theirs,
            Self::Data(theirs) => {
                if let Self::Named(mine) = self {
                    *self = Self::Data(Box::new(to_data(std::mem::take(mine), watch, limits, &mut room)));
                }
                if let Self::Data(mine) = self {
                    mine.keys.join(&theirs.keys);
                    mine.key_count += theirs.key_count;
                    watch.join(&mut mine.key_seen, &theirs.key_seen);
                    mine.value.join(theirs.value, watch, limits);
                }
                return;
            }
        };
        for member in theirs.members {
            match self {
                Self::Named(mine) => {
                    let at = mine.find(&member.name, None).or_else(|| mine.add(&member.name, None, limits, &mut room));
                    if let Some(mine) = at.and_then(|at| mine.members.get_mut(at)) {
                        mine.node.join(member.node, watch, limits);
                    }
                }
                Self::Data(mine) => {
                    mine.count_key(member.hash, member.node.total());
                    watch.text(&mut mine.key_seen, &member.name);
                    mine.value.join(member.node, watch, limits);
                }
            }
        }
        if let Self::Named(mine) = self
            && mine.members.len() > limits.members
        {
            *self = Self::Data(Box::new(to_data(std::mem::take(mine), watch, limits, &mut room)));
        }
    }
}

/// Joins what both have, or takes what the other one has.
fn either<T>(mine: &mut Option<Box<T>>, theirs: Option<Box<T>>, join: impl FnOnce(&mut T, Box<T>)) {
    match (mine.as_deref_mut(), theirs) {
        (Some(mine), Some(theirs)) => join(mine, theirs),
        (None, Some(theirs)) => *mine = Some(theirs),
        (_, None) => {}
    }
}
