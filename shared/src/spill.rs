//! Records that have to be remembered for every row, kept on disk once they are many.
//!
//! Records of one width go to numbered partitions. Each partition keeps a small buffer in memory; full ones go to one
//! temporary file that is gone when the process is.

use std::{fs::File, io, os::unix::fs::FileExt};

/// What one partition keeps in memory.
const BUFFER_BYTES: usize = 4 << 10;

/// Records in partitions, in the order in which they came.
#[derive(Debug)]
pub struct Spill {
    partitions: Vec<Partition>,
    file: Option<File>,
    end: u64,
}

#[derive(Debug, Default)]
struct Partition {
    buffer: Vec<u8>,
    /// Where its full buffers stand in the file, and how long each is.
    extents: Vec<(u64, usize)>,
}

impl Spill {
    /// A spill with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self { partitions: Vec::new(), file: None, end: 0 }
    }

    /// How many partitions there are.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.partitions.len()
    }

    /// Adds a record to a partition.
    ///
    /// # Errors
    ///
    /// When the disk is full or cannot be written.
    pub fn push(&mut self, partition: usize, record: &[u8]) -> io::Result<()> {
        if partition >= self.partitions.len() {
            self.partitions.resize_with(partition + 1, Partition::default);
        }
        let Some(held) = self.partitions.get_mut(partition) else { return Ok(()) };
        if held.buffer.len() + record.len() > BUFFER_BYTES {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(tempfile::tempfile()?),
            };
            file.write_all_at(&held.buffer, self.end)?;
            held.extents.push((self.end, held.buffer.len()));
            self.end += held.buffer.len() as u64;
            held.buffer.clear();
        }
        held.buffer.extend_from_slice(record);
        Ok(())
    }

    /// Calls `visit` with the records of a partition, in the order in which they came, a buffer's worth at a time.
    ///
    /// # Errors
    ///
    /// When the disk cannot be read; the visitor's own.
    pub fn read(&self, partition: usize, mut visit: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Some(held) = self.partitions.get(partition) else { return Ok(()) };
        if let Some(file) = &self.file {
            let mut records = Vec::with_capacity(BUFFER_BYTES);
            for (start, length) in &held.extents {
                records.resize(*length, 0);
                file.read_exact_at(&mut records, *start)?;
                visit(&records)?;
            }
        }
        visit(&held.buffer)
    }
}

impl Default for Spill {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_every_record_in_its_order() {
        let mut spill = Spill::new();
        for number in 0..100_000_u64 {
            spill.push(usize::try_from(number % 7).unwrap(), &number.to_le_bytes()).unwrap();
        }
        assert!(spill.file.is_some(), "the case is large enough to reach the disk");
        for partition in 0..7 {
            let mut records = Vec::new();
            spill
                .read(partition, |more| {
                    records.extend_from_slice(more);
                    Ok(())
                })
                .unwrap();
            let numbers = records.chunks(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
            let expected = (0..100_000_u64).filter(|number| number % 7 == partition as u64);
            assert!(numbers.eq(expected));
        }
    }
}
