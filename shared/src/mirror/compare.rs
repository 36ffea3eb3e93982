//! The keys of an extract against the keys that are known: what changes.

use super::record::{Record, Records};
use crate::{definition::Duplicates, mapping::KeySet};

/// What becomes of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Its item is put: it is new, or not as the extract says.
    Put {
        /// The row.
        row: Record<'a>,
        /// What was known of it; none for a new one.
        known: Option<Record<'a>>,
    },
    /// The table holds what the row says; with what was known of it.
    Unchanged(Record<'a>, Record<'a>),
    /// A row was known on sight, and the table holds what it says.
    Settled(Record<'a>),
    /// The extract lacks it, and its item is to be deleted.
    Delete(Record<'a>),
    /// The extract lacks it, and it stays known.
    Keep(Record<'a>),
}

/// What to do about a key that the extract lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Its item is deleted.
    Delete,
    /// It stays as it is, and known.
    Keep,
    /// It is nobody's any more.
    Forget,
}

/// Compares the rows of one partition with what is known of it, both sorted. Keys in `protected` belong to rows that
/// were rejected: their items stay. Answers how many rows gave way to another row of their key.
///
/// `absent` decides about keys that the extract lacks.
///
/// # Errors
///
/// The visitor's own.
pub fn compare<E>(
    rows: &Records,
    known: &Records,
    protected: &KeySet,
    duplicates: Duplicates,
    absent: impl Fn(&Record<'_>) -> Absent,
    mut visit: impl FnMut(Outcome<'_>) -> Result<(), E>,
) -> Result<u64, E> {
    let (mut rows, mut known) = (rows.iter().peekable(), known.iter().peekable());
    let mut superseded = 0;
    loop {
        let lacking = match (rows.peek(), known.peek()) {
            (None, None) => return Ok(superseded),
            (Some(row), Some(known)) => known.hash < row.hash,
            (row, _) => row.is_none(),
        };
        if lacking {
            let Some(record) = known.next() else { continue };
            if record.settled().is_some() {
                visit(Outcome::Settled(record))?;
                continue;
            }
            match absent(&record) {
                Absent::Forget => {}
                Absent::Delete if !protected.contains(&record.hash) => visit(Outcome::Delete(record))?,
                Absent::Delete | Absent::Keep => visit(Outcome::Keep(record))?,
            }
            continue;
        }
        let Some(mut row) = rows.next() else { continue };
        while let Some(next) = rows.next_if(|next| next.hash == row.hash) {
            superseded += 1;
            if duplicates == Duplicates::Last {
                row = next;
            }
        }
        let known = known.next_if(|known| known.hash == row.hash);
        if let Some((record, (settled, _))) = known.and_then(|known| Some((known, known.settled()?))) {
            superseded += 1;
            if (settled > row.tag) == (duplicates == Duplicates::Last) {
                visit(Outcome::Settled(record))?;
                continue;
            }
        }
        visit(match known {
            Some(known) if known.digest == row.digest => Outcome::Unchanged(row, known),
            known => Outcome::Put { row, known },
        })?;
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::{mapping::key::Key, mirror::record::settled};

    fn records(keys: &[(u128, Option<u128>, u64)]) -> Records {
        let mut records = Records::default();
        for (hash, digest, tag) in keys {
            let key = Key { partition: &[u8::try_from(*hash).unwrap()], sort: b"" };
            records.push(&Record { hash: *hash, digest: *digest, print: None, tag: *tag, key });
        }
        records.sort();
        records
    }

    /// What becomes of each key, as one line.
    fn outcome(
        rows: &[(u128, Option<u128>, u64)],
        known: &[(u128, Option<u128>, u64)],
        duplicates: Duplicates,
    ) -> String {
        let protected = KeySet::from_iter([90]);
        let mut told = Vec::new();
        let absent = |known: &Record<'_>| match known.tag {
            16 => Absent::Keep,
            32 => Absent::Forget,
            _ => Absent::Delete,
        };
        let superseded = compare(&records(rows), &records(known), &protected, duplicates, absent, |outcome| {
            told.push(match outcome {
                Outcome::Put { row, known: None } => format!("create {} of row {}, ", row.hash, row.tag),
                Outcome::Put { row, .. } => format!("update {} of row {}, ", row.hash, row.tag),
                Outcome::Unchanged(row, _) => format!("leave {}, ", row.hash),
                Outcome::Settled(known) => format!("settle {}, ", known.hash),
                Outcome::Delete(known) => format!("delete {}, ", known.hash),
                Outcome::Keep(known) => format!("keep {}, ", known.hash),
            });
            Ok::<_, Infallible>(())
        });
        told.concat() + &format!("{} superseded", superseded.unwrap())
    }

    #[test]
    fn creates_updates_deletes_and_leaves() {
        let known =
            [(1, Some(10), 0), (3, Some(30), 0), (5, Some(50), 0), (90, Some(1), 0), (91, Some(1), 16), (92, None, 32)];
        let rows = [(5, Some(50), 1), (3, Some(31), 2), (4, Some(40), 3)];
        let expected = "delete 1, update 3 of row 2, create 4 of row 3, leave 5, keep 90, keep 91, 0 superseded";
        assert_eq!(outcome(&rows, &known, Duplicates::Last), expected);
    }

    #[test]
    fn what_is_in_doubt_is_written_or_deleted_again() {
        let known = [(1, None, 0), (2, None, 0)];
        assert_eq!(outcome(&[(1, Some(10), 1)], &known, Duplicates::Last), "update 1 of row 1, delete 2, 0 superseded");
    }

    #[test]
    fn one_row_of_a_key_counts() {
        let rows = [(1, Some(10), 1), (1, Some(11), 2), (1, Some(12), 3)];
        assert_eq!(outcome(&rows, &[(1, Some(12), 0)], Duplicates::Last), "leave 1, 2 superseded");
        assert_eq!(outcome(&rows, &[(1, Some(12), 0)], Duplicates::First), "update 1 of row 1, 2 superseded");
    }

    #[test]
    fn a_row_that_was_known_on_sight_counts_like_the_others_of_its_key() {
        let known = [(1, Some(10), settled(5, 0)), (2, Some(20), settled(6, 1))];
        assert_eq!(outcome(&[], &known, Duplicates::Last), "settle 1, settle 2, 0 superseded");
        let earlier = [(1, Some(11), 4)];
        assert_eq!(outcome(&earlier, &known, Duplicates::Last), "settle 1, settle 2, 1 superseded");
        assert_eq!(outcome(&earlier, &known, Duplicates::First), "update 1 of row 4, settle 2, 1 superseded");
        let later = [(1, Some(11), 7), (1, Some(12), 8)];
        assert_eq!(outcome(&later, &known, Duplicates::Last), "update 1 of row 8, settle 2, 2 superseded");
        assert_eq!(outcome(&later, &known, Duplicates::First), "settle 1, settle 2, 2 superseded");
        let same = [(1, Some(10), 7)];
        assert_eq!(outcome(&same, &known, Duplicates::Last), "leave 1, settle 2, 1 superseded");
    }

    #[test]
    fn nothing_against_nothing_is_nothing() {
        assert_eq!(outcome(&[], &[], Duplicates::Last), "0 superseded");
        assert_eq!(outcome(&[], &[(1, Some(1), 0)], Duplicates::Last), "delete 1, 0 superseded");
    }
}
