//! Extracts to load: ten mixed columns, about 200 bytes a row, the same for every run.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

/// The names of the columns.
pub(crate) const COLUMNS: [&str; 10] =
    ["id", "email", "name", "city", "score", "visits", "amount", "active", "updated_at", "note"];

/// Which of them are numbers.
pub(crate) const NUMBERS: [&str; 3] = ["score", "visits", "amount"];

const CITIES: [&str; 6] = ["Lisbon", "Kraków", "Osaka", "Santiago de Compostela", "New York", "Accra"];

/// A row of the extract.
pub(crate) struct Row {
    id: String,
    email: String,
    name: String,
    city: &'static str,
    score: f64,
    pub(crate) visits: i64,
    amount: String,
    active: bool,
    updated_at: String,
    note: String,
}

/// The row of a number: looks random, and is always the same.
pub(crate) fn row(number: u64) -> Row {
    let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number << 17);
    let pick = |bits: u32, below: u64| (hash >> bits) % below;
    Row {
        id: format!("customer-{hash:016x}"),
        email: format!("someone.{number}@mail-{}.example", pick(3, 900)),
        name: format!("Given{} Family{}", pick(5, 4_000), pick(19, 30_000)),
        city: CITIES[usize::try_from(pick(7, 6)).expect("an index")],
        #[expect(clippy::cast_precision_loss, reason = "a score")]
        score: pick(11, 1_000_000) as f64 / 1_000_000.0,
        visits: i64::try_from(pick(13, 5_000)).expect("a count"),
        amount: format!("{}.{:02}", pick(17, 100_000), pick(23, 100)),
        active: pick(29, 3) > 0,
        updated_at: format!(
            "2026-{:02}-{:02}T{:02}:{:02}:00Z",
            1 + pick(31, 12),
            1 + pick(33, 28),
            pick(35, 24),
            pick(37, 60)
        ),
        note: format!("prefers {} in the {}, asked {} times", pick(39, 100), pick(41, 10), pick(43, 1000)),
    }
}

/// An extract of so many rows in a format, `csv` or `parquet`, written where it is not there yet.
pub(crate) fn of(folder: &Path, rows: u64, format: &str) -> PathBuf {
    let path = folder.join(format!("{rows}.{format}"));
    if !path.exists() {
        let begun = path.with_extension("begun");
        if format == "csv" {
            write_csv(&begun, rows);
        } else {
            write_parquet(&begun, (0..rows).map(row));
        }
        std::fs::rename(begun, &path).expect("an extract");
    }
    path
}

fn write_csv(path: &Path, rows: u64) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    writeln!(file, "{}", COLUMNS.join(",")).expect("a header");
    for number in 0..rows {
        let Row { id, email, name, city, score, visits, amount, active, updated_at, note } = row(number);
        writeln!(file, "{id},{email},{name},{city},{score},{visits},{amount},{active},{updated_at},\"{note}\"")
            .expect("a row");
    }
    file.flush().expect("the last rows");
}

/// Writes rows as Parquet.
pub(crate) fn write_parquet(path: &Path, mut rows: impl Iterator<Item = Row>) {
    const GROUP: usize = 250_000;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP))
        .build();
    let mut writer = None;
    loop {
        let group: Vec<Row> = rows.by_ref().take(GROUP).collect();
        if group.is_empty() {
            break;
        }
        let text = |of: fn(&Row) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(group.iter().map(of))) };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", text(|row| &row.id)),
            ("email", text(|row| &row.email)),
            ("name", text(|row| &row.name)),
            ("city", text(|row| row.city)),
            ("score", Arc::new(group.iter().map(|row| Some(row.score)).collect::<Float64Array>())),
            ("visits", Arc::new(group.iter().map(|row| Some(row.visits)).collect::<Int64Array>())),
            ("amount", text(|row| &row.amount)),
            ("active", Arc::new(group.iter().map(|row| Some(row.active)).collect::<BooleanArray>())),
            ("updated_at", text(|row| &row.updated_at)),
            ("note", text(|row| &row.note)),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        let writer = writer.get_or_insert_with(|| {
            let file = File::create(path).expect("a file");
            ArrowWriter::try_new(file, batch.schema(), Some(properties.clone())).expect("a writer")
        });
        writer.write(&batch).expect("a row group");
    }
    writer.expect("at least one row").close().expect("a footer");
}
