//! Guards: rules that hold back a mirror's deletes until a person approves them.

use crate::{definition::Mirror, report::Guard};

/// What guards judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Rows of the extract.
    pub rows: u64,
    /// Rejected rows whose key could not be read.
    pub keyless: u64,
    /// Whether keys are made in another way than those that are known.
    pub keys_remapped: bool,
    /// Whether mended rows of the extract were written since it was applied, and it is applied again.
    pub mended_since: bool,
    /// Items that are known before the run.
    pub known: u64,
    /// Items that would be deleted.
    pub deletes: u64,
}

/// The guards that hold the deletes, each with what it found. None where nothing is to be deleted.
#[must_use]
pub fn judge(found: &Found, mirror: &Mirror) -> Vec<Guard> {
    let Found { rows, keyless, keys_remapped, mended_since, known, deletes } = *found;
    if deletes == 0 {
        return Vec::new();
    }
    let mut guards = Vec::new();
    let mut hold = |guard, message: String| guards.push(Guard { guard, message });
    if rows == 0 {
        hold("extract_empty", "the extract has no rows".to_owned());
    }
    if keyless > 0 {
        let what = if keyless == 1 {
            "1 rejected row has a key".to_owned()
        } else {
            format!("{keyless} rejected rows have keys")
        };
        hold("keys_unreadable", format!("{what} that cannot be read: the items to delete may be theirs"));
    }
    if keys_remapped {
        let message = "the fields of the table's keys have changed since the last run: items that the extract seems to lack may be there under other keys";
        hold("keys_remapped", message.to_owned());
    }
    if mended_since {
        let message = "mended rows were written after this extract: the items to delete may be theirs; the next extract settles them";
        hold("rows_mended", message.to_owned());
    }
    let Mirror { max_deletes_percent: percent, max_deletes_count: count, .. } = *mirror;
    if as_float(deletes) > as_float(known) * percent / 100.0 && deletes > count {
        let message = format!(
            "{deletes} of {known} known items would be deleted; `max_deletes` allows {percent} percent or {count}, whichever is more"
        );
        hold("max_deletes", message);
    }
    guards
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
fn as_float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{BeforeImages, Scope};

    const MIRROR: Mirror = Mirror {
        scope: Scope::Synced,
        max_deletes_percent: 20.0,
        max_deletes_count: 10,
        before_images: BeforeImages::Deletes,
    };

    #[track_caller]
    fn check(found: Found, expected: &[&str]) {
        let guards: Vec<_> = judge(&found, &MIRROR).iter().map(|guard| guard.guard).collect();
        assert_eq!(guards, expected);
    }

    #[test]
    fn holds_what_exceeds_both_limits() {
        let found = |known, deletes| Found { rows: 1, known, deletes, ..Found::default() };
        check(found(100, 20), &[]);
        check(found(100, 21), &["max_deletes"]);
        check(found(10, 10), &[]);
        check(found(11, 11), &["max_deletes"]);
        check(found(1_000, 200), &[]);
        check(found(1_000, 201), &["max_deletes"]);
    }

    #[test]
    fn holds_what_the_extract_cannot_be_trusted_about() {
        let found = Found { rows: 9, known: 100, deletes: 1, ..Found::default() };
        check(found, &[]);
        check(Found { rows: 0, ..found }, &["extract_empty"]);
        check(Found { keyless: 1, ..found }, &["keys_unreadable"]);
        check(Found { keys_remapped: true, ..found }, &["keys_remapped"]);
        check(Found { mended_since: true, ..found }, &["rows_mended"]);
        check(
            Found { rows: 0, keyless: 2, keys_remapped: true, mended_since: true, deletes: 100, ..found },
            &["extract_empty", "keys_unreadable", "keys_remapped", "rows_mended", "max_deletes"],
        );
    }

    #[test]
    fn holds_nothing_where_nothing_is_deleted() {
        check(Found { rows: 0, keyless: 2, keys_remapped: true, mended_since: true, known: 5, deletes: 0 }, &[]);
    }
}
