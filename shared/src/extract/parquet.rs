//! STUB
use super::Error;
use crate::row::{Header, columns::Rows};
use bytes::Bytes;
use std::ops::Range;
pub trait Source {
    fn len(&self) -> u64;
    fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error>;
}
pub struct Reader<O>(O);
impl<O: Source> Reader<O> {
    pub fn new(o: O, _: Option<&[String]>) -> Result<(Self, Header), Error> {
        Ok((Self(o), Header::default()))
    }
    pub fn next(&mut self, _: u64) -> Result<Option<Rows>, Error> {
        Ok(None)
    }
}
