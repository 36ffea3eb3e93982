//! A data bucket that is a folder.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use rowferry::bucket::{Body, Bucket, Condition, Error, Listed, Object, Pin, Upload};

/// Objects as files beneath it.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    fn look(&self, key: &str) -> Result<Listed, Error> {
        let about = fs::metadata(self.0.join(key)).map_err(|_| Error::Missing { key: key.to_owned() })?;
        let modified = about.modified().expect("a time").duration_since(UNIX_EPOCH).expect("a time after 1970");
        let etag = format!("{}-{}", modified.as_nanos(), about.len());
        let object = Object { key: key.to_owned(), version_id: None, etag, size_bytes: about.len() };
        Ok(Listed { object, modified_ms: u64::try_from(modified.as_millis()).expect("milliseconds") })
    }

    fn gather(&self, below: &Path, found: &mut Vec<Listed>) {
        for entry in fs::read_dir(below).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.gather(&path, found);
            } else {
                let key = path.strip_prefix(&self.0).expect("a path below").to_str().expect("text");
                found.push(self.look(key).expect("an object"));
            }
        }
    }

    pub(crate) fn begin(&self, key: &str) -> File {
        let path = self.0.join(key);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        File::create(path.with_extension("begun")).expect("a file")
    }

    pub(crate) fn finish(&self, key: &str) -> Object {
        let path = self.0.join(key);
        fs::rename(path.with_extension("begun"), &path).expect("a file");
        self.look(key).expect("an object").object
    }
}

impl Bucket for Folder {
    fn name(&self) -> &'static str {
        "data"
    }

    fn head<'a>(&'a self, key: &'a str, _: Option<&'a str>) -> BoxFuture<'a, Result<Object, Error>> {
        async move { self.look(key).map(|listed| listed.object) }.boxed()
    }

    fn read<'a>(&'a self, key: &'a str, _: u64) -> BoxFuture<'a, Result<(Object, Bytes), Error>> {
        async move { Ok((self.look(key)?.object, fs::read(self.0.join(key)).expect("a file").into())) }.boxed()
    }

    fn get<'a>(&'a self, pin: &'a Pin, range: Option<Range<u64>>) -> BoxFuture<'a, Result<Body, Error>> {
        async move {
            let range = range.unwrap_or(0..pin.size_bytes);
            let mut file = File::open(self.0.join(&pin.key)).expect("a file");
            file.seek(SeekFrom::Start(range.start)).expect("a place in the file");
            // A range comes as one piece; who counts what S3's client takes counts the network too.
            let pieces = futures::stream::unfold((file, range.end - range.start), |(mut file, left)| async move {
                let mut piece = vec![0; usize::try_from(left.min(8 << 20)).expect("a length")];
                file.read_exact(&mut piece).expect("bytes of the file");
                let left = left - piece.len() as u64;
                (!piece.is_empty()).then(|| (Ok(Bytes::from(piece)), (file, left)))
            });
            Ok(Body { object: pin.clone(), stream: pieces.boxed() })
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<Listed>, Error>> {
        async move {
            let mut found = Vec::new();
            self.gather(&self.0, &mut found);
            found.retain(|listed| listed.object.key.starts_with(prefix));
            found.sort_by(|one, other| one.object.key.cmp(&other.object.key));
            Ok(found)
        }
        .boxed()
    }

    fn put<'a>(&'a self, key: &'a str, body: Bytes, condition: Condition<'a>) -> BoxFuture<'a, Result<Object, Error>> {
        async move {
            let found = self.look(key).ok().map(|listed| listed.object.etag);
            let holds = match condition {
                Condition::Always => true,
                Condition::Absent => found.is_none(),
                Condition::Etag(etag) => found.as_deref() == Some(etag),
            };
            if !holds {
                return Err(Error::Precondition { key: key.to_owned() });
            }
            self.begin(key).write_all(&body).expect("bytes");
            Ok(self.finish(key))
        }
        .boxed()
    }

    fn upload<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Box<dyn Upload>, Error>> {
        async move {
            let upload = Growing { file: self.begin(key), folder: self.clone(), key: key.to_owned() };
            Ok(Box::new(upload) as Box<dyn Upload>)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        _ = fs::remove_file(self.0.join(key));
        async { Ok(()) }.boxed()
    }
}

struct Growing {
    file: File,
    folder: Folder,
    key: String,
}

impl Upload for Growing {
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), Error>> {
        self.file.write_all(&bytes).expect("bytes");
        async { Ok(()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<Object, Error>> {
        async move { Ok(self.folder.finish(&self.key)) }.boxed()
    }
}
