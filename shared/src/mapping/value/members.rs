//! The members of maps and sets: written one after another, then put in order where they are not, so that equal
//! values have equal bytes.

use super::detail;
use crate::reject::{Fault, Reason};

/// The members of all maps and sets that are still open, innermost last.
#[derive(Default)]
pub(super) struct Members {
    list: Vec<Member>,
    scratch: Vec<u8>,
}

/// Where one member stands in the output, and the size that DynamoDB counts for it.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    key_end: usize,
    end: usize,
    size: usize,
}

/// Where a map or set began.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    first: usize,
    start: usize,
}

impl Members {
    /// Opens a map or set whose members follow what is written.
    pub(super) fn open(&self, out: &[u8]) -> Mark {
        Mark { first: self.list.len(), start: out.len() }
    }

    /// Separates the next member from the one before; returns where it starts.
    pub(super) fn next(&self, mark: Mark, out: &mut Vec<u8>) -> usize {
        if self.list.len() > mark.first {
            out.push(b',');
        }
        out.len()
    }

    /// Adds the member that ends what is written. Its key is what a map or set holds only once.
    pub(super) fn add(&mut self, start: usize, key_end: usize, size: usize, out: &[u8]) {
        self.list.push(Member { start, key_end, end: out.len(), size });
    }

    /// Closes a map: of members with the same key the last stays. Returns the size of those that do.
    pub(super) fn close_map(&mut self, mark: Mark, out: &mut Vec<u8>) -> usize {
        if self.sort(mark, out) {
            self.rewrite(mark, out);
        }
        self.total(mark)
    }

    /// Closes a set, which must have members and none twice. Returns their size.
    pub(super) fn close_set(&mut self, mark: Mark, out: &mut Vec<u8>) -> Result<usize, Fault> {
        if self.list.len() == mark.first {
            return Err(Fault::new(Reason::SetEmpty, "found no member, wanted one at least"));
        }
        if self.sort(mark, out) {
            let count = self.list.len();
            let text = self.rewrite(mark, out);
            if let Some(text) = text.filter(|_| self.list.len() < count) {
                let member = detail::quoted(text.trim_matches('"'));
                return Err(Fault::new(Reason::SetDuplicate, format!("found {member} twice, wanted each member once")));
            }
        }
        Ok(self.total(mark))
    }

    /// Sorts the members by key, equal ones in their order. Returns whether the output is not so.
    fn sort(&mut self, mark: Mark, out: &[u8]) -> bool {
        let members = self.list.get_mut(mark.first..).unwrap_or_default();
        let ascend = members.is_sorted_by(|one, two| one.key(out) < two.key(out));
        if !ascend {
            members.sort_by(|one, two| one.key(out).cmp(two.key(out)));
        }
        !ascend
    }

    /// Writes the sorted members anew, the last of each key. Returns a key that stood twice.
    fn rewrite(&mut self, mark: Mark, out: &mut Vec<u8>) -> Option<String> {
        let mut twice = None;
        let mut kept = mark.first;
        self.scratch.clear();
        for place in mark.first..self.list.len() {
            let Some(&member) = self.list.get(place) else { break };
            if self.list.get(place + 1).is_some_and(|next| next.key(out) == member.key(out)) {
                twice.get_or_insert_with(|| String::from_utf8_lossy(member.key(out)).into_owned());
                continue;
            }
            if !self.scratch.is_empty() {
                self.scratch.push(b',');
            }
            self.scratch.extend_from_slice(out.get(member.start..member.end).unwrap_or_default());
            if let Some(slot) = self.list.get_mut(kept) {
                *slot = member;
            }
            kept += 1;
        }
        self.list.truncate(kept);
        out.truncate(mark.start);
        out.extend_from_slice(&self.scratch);
        twice
    }

    /// Forgets the members of what is closed; returns their size.
    fn total(&mut self, mark: Mark) -> usize {
        self.list.drain(mark.first..).map(|member| member.size).sum()
    }
}

impl Member {
    fn key(self, out: &[u8]) -> &[u8] {
        out.get(self.start..self.key_end).unwrap_or_default()
    }
}
