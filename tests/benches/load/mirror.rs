//! A mirror: its extracts, and the job over them.

mod folder;
pub(crate) mod job;

use std::path::{Path, PathBuf};

use crate::extract::{Row, row, write_parquet};

/// The extracts before and after: of each 1,000 rows five are gone, ten are changed and five are new; the later one is shuffled.
pub(crate) fn extracts(folder: &Path, rows: u64) -> [PathBuf; 2] {
    let [before, after] = ["before", "after"].map(|name| folder.join(format!("{rows}-{name}.parquet")));
    write(&before, || (0..rows).map(row));
    write(&after, || {
        let kept = (0..rows).filter(|number| number % 200 != 7);
        let mut numbers: Vec<u64> = kept.chain(rows..rows + rows / 200).collect();
        fastrand::Rng::with_seed(7).shuffle(&mut numbers);
        numbers.into_iter().map(move |number| {
            let mut row = row(number);
            row.visits += i64::from(number < rows && number % 100 == 3);
            row
        })
    });
    [before, after]
}

fn write<I: Iterator<Item = Row>>(path: &Path, rows: impl FnOnce() -> I) {
    if !path.exists() {
        let begun = path.with_extension("begun");
        write_parquet(&begun, rows());
        std::fs::rename(begun, path).expect("an extract");
    }
}
