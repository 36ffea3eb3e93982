use std::collections::HashMap;

use proptest::prelude::*;

use std::collections::HashSet;

use super::*;

fn hash(value: u8) -> u128 {
    xxhash_rust::xxh3::xxh3_128(&[value])
}

/// The verdicts of rows given as (key, sync key), numbered from 1.
fn judge(duplicates: Duplicates, rows: &[(u8, Option<u8>)]) -> Vec<Option<Verdict>> {
    let mut survey = Survey::new(duplicates, true);
    for (row, (key, sync_key)) in (1..).zip(rows) {
        survey.add(row, hash(*key), sync_key.map(hash)).unwrap();
    }
    let mut verdicts = survey.finish().unwrap();
    (1..=rows.len() as u64).map(|row| verdicts.of(row).unwrap()).collect()
}

/// The same by plain maps, row after row.
fn expected(duplicates: Duplicates, rows: &[(u8, Option<u8>)]) -> Vec<Option<Verdict>> {
    let (mut syncs, mut keys) = (HashMap::new(), HashMap::new());
    let judge_row = |(row, (key, sync_key)): (u64, &(u8, Option<u8>))| {
        if let Some(sync_key) = sync_key {
            let (first_key, first_row) = *syncs.entry(*sync_key).or_insert((*key, row));
            if first_key != *key {
                return Some(Verdict::SyncKeyRepeats { first_row });
            }
        }
        let first_row = *keys.entry(*key).or_insert(row);
        match duplicates {
            _ if first_row == row => None,
            Duplicates::Last => None,
            Duplicates::First => Some(Verdict::Superseded),
            Duplicates::Reject => Some(Verdict::KeyRepeats { first_row }),
        }
    };
    (1..).zip(rows).map(judge_row).collect()
}

proptest! {
    #[test]
    fn judges_like_a_map_does(
        rows in prop::collection::vec((0..20_u8, 0..20_u8), 0..200),
        synced: bool,
        policy in 0..3_usize,
    ) {
        let rows: Vec<_> = rows.into_iter().map(|(key, sync_key)| (key, synced.then_some(sync_key))).collect();
        let policy = [Duplicates::Last, Duplicates::First, Duplicates::Reject][policy];
        prop_assert_eq!(judge(policy, &rows), expected(policy, &rows));
    }

    #[test]
    fn counts_rows_that_gave_way(keys in prop::collection::vec(0..50_u8, 0..300)) {
        let mut tally = Tally::default();
        for key in &keys {
            tally.add(hash(*key)).unwrap();
        }
        let distinct: HashSet<_> = keys.iter().collect();
        prop_assert_eq!(tally.superseded().unwrap(), (keys.len() - distinct.len()) as u64);
    }
}

#[test]
fn finds_duplicates_that_are_far_apart() {
    let mut survey = Survey::new(Duplicates::First, false);
    let rows = 3 * BLOCK_ROWS;
    for row in 1..=rows {
        survey
            .add(row, u128::from(row % (rows - 1)).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835), None)
            .unwrap();
    }
    let mut verdicts = survey.finish().unwrap();
    assert_eq!(verdicts.of(1).unwrap(), None);
    assert_eq!(verdicts.of(rows - 1).unwrap(), None);
    assert_eq!(verdicts.of(rows).unwrap(), Some(Verdict::Superseded));
}
