//! Rowferry's mirror over a bucket that is a folder.

use std::{io::Write, path::Path, sync::Arc, time::Duration};

use rowferry::{
    job::{Job, Mirror},
    notice::Silent,
    time::Deadline,
};
use serde_json::{Value, json};

use super::folder::Folder;
use crate::{
    ours::{edges, fields},
    theme::mirror::Counts,
};

/// The bucket of a mirror in which an extract lies.
pub(crate) fn lay(folder: &Path, extract: &Path) -> Folder {
    let bucket = Folder { path: folder.to_owned(), is_sealed: false };
    let definition = json!({"destination": {"table": "bench"}, "behavior": "mirror",
        "mirror": {"before_images": "none"}, "fields": fields(true)});
    let key = "syncs/bench.yaml";
    bucket.begin(key).write_all(definition.to_string().as_bytes()).expect("a definition");
    bucket.finish(key);
    let name = extract.file_name().expect("a name").to_str().expect("text");
    let placed = folder.join("extracts/bench").join(name);
    std::fs::create_dir_all(placed.parent().expect("a folder")).expect("a folder");
    if !placed.exists() {
        std::os::unix::fs::symlink(std::path::absolute(extract).expect("a path"), placed).expect("a link");
    }
    bucket
}

/// Mirrors the newest extract; answers with the report. With `plan` the run ends where it would begin to write: every key is
/// compared, the plan is in the bucket, and the rows to put are at hand.
pub(crate) fn mirror(url: &str, folder: &str, plan: bool) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let bucket = Folder { path: folder.into(), is_sealed: plan };
        let job = Mirror { edges: edges(url, Arc::new(bucket)), notify: Arc::new(Silent) };
        let deadline = Deadline::after(Duration::from_mins(15));
        let answer = job.handle(&json!({"sync": "bench"}), deadline).await;
        if !plan {
            return answer.expect("a report");
        }
        let error = answer.expect_err("a run that may not begin to write");
        assert!(error.text().contains("current.json"), "{}", error.text());
        newest(&Path::new(folder).join("runs/bench"))
    })
}

/// The report of the newest run.
fn newest(runs: &Path) -> Value {
    let runs = std::fs::read_dir(runs).expect("runs").map(|run| run.expect("a run").path());
    let report = std::fs::read(runs.max().expect("a run").join("report.json")).expect("a report");
    serde_json::from_slice(&report).expect("JSON")
}

/// What a report says that would change.
pub(crate) fn counts(report: &Value) -> Counts {
    let count = |place: &str| report.pointer(place).and_then(Value::as_u64).unwrap_or_else(|| panic!("{report}"));
    Counts {
        created: count("/mirror/to_create"),
        updated: count("/mirror/to_update"),
        deleted: count("/mirror/to_delete"),
        unchanged: count("/rows/unchanged"),
    }
}
