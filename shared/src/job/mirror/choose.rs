//! Which extract a run applies: the newest complete one, and never an older one than before.

use crate::{
    definition::Definition,
    error::Error,
    extract::{
        newest::{Newest, newest},
        pin::{self, Asked, Extract, Pinned},
    },
    job::edges::Edges,
    mirror::current::{Applied, Current},
};

/// The extract of a run.
pub(super) struct Choice {
    pub(super) extract: Extract,
    pub(super) applied: Applied,
    /// Whether it is some rows that were mended, and not the whole.
    pub(super) mended: bool,
}

/// Chooses an extract; the reason where there is nothing to apply. With `again`, also the one that was applied last; so
/// too where a run after it was interrupted, the work of which is to be ended.
pub(super) async fn choose(
    edges: &Edges,
    definition: &Definition,
    current: &Current,
    again: bool,
) -> Result<Result<Choice, String>, Error> {
    let (sync, parts) = (&definition.name, definition.source.parts);
    let Newest { extract, mended } = newest(&*edges.bucket, sync, parts).await?;
    let last = current.snapshot.as_ref().map(|snapshot| &snapshot.extract);
    let Some(listed) = extract else {
        return Ok(Err(format!("there is no complete extract under `extracts/{sync}/` yet")));
    };
    let settled = current.snapshot.as_ref().and_then(|snapshot| snapshot.mended.as_ref()).or(last);
    let (mut found, mut last_again) = (None, None);
    // Mended rows belong to the extract that was applied; they come after it, and before the next one.
    let mended = mended.filter(|mended| last.is_some() && !again && mended.modified_ms >= listed.modified_ms);
    let mended = mended.map(|mended| (mended, settled, true));
    for (listed, last, mended) in std::iter::once((listed, last, false)).chain(mended) {
        let extract = match pin::pin(&*edges.bucket, sync, parts, Asked::newest(&listed.key)).await? {
            Pinned::Extract(extract) => extract,
            Pinned::NotYet { reason } | Pinned::Nothing { reason } | Pinned::Superseded { reason } => {
                return Ok(Err(reason));
            }
        };
        let applied = Applied::of(&extract, listed.modified_ms);
        let newer = last.is_none_or(|last| last.is_before(&applied));
        let same = last == Some(&applied);
        if newer || again && same {
            return Ok(Ok(Choice { extract, applied, mended }));
        }
        if last.is_some_and(|last| last.is_begun_again(&applied)) {
            return Ok(Err(format!(
                "parts of `{}` have changed since it was applied; it is complete again when that object is delivered again",
                applied.object
            )));
        }
        found = Some((listed.object.key, last.map_or("", |last| last.object.as_str())));
        if same && current.is_broken() {
            last_again = Some(Choice { extract, applied, mended });
        }
    }
    if let Some(choice) = last_again {
        return Ok(Ok(choice));
    }
    let (found, last) = found.unwrap_or_default();
    Ok(Err(if found == last {
        format!("the newest complete extract, `{found}`, was applied already")
    } else {
        format!("the newest complete extract, `{found}`, is older than `{last}`, which was applied")
    }))
}
