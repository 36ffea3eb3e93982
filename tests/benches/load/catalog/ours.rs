//! Rowferry: the scan and the profile alone, and the whole job as Lambda runs it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use rowferry::{
    bucket::memory::Memory,
    catalog::profile::{Limits, Profiler},
    definition::Amount,
    dynamodb,
    job::{Export, Job},
    scan::{self, Portion, Read, Rest, Terms},
    table::Table,
    time::{Clock, Deadline},
    write::Spent,
};
use serde_json::{Value, json};

use crate::ours::{Direct, client};

/// Scans and profiles the table; answers with its items.
pub(crate) fn profile(url: &str) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, deadline) = (client(url), Deadline::after(Duration::from_mins(15)));
        let description = client.call("DescribeTable", &json!({"TableName": "bench"}), deadline).await;
        let table = Table::read("bench", &description.expect("a description")).expect("a table");
        let limit = Amount::Count(1e9);
        let mut rest = Rest::new(&table, limit, Portion::Whole);
        let mut profiler = Profiler::new((), Vec::new(), Limits::default());
        let terms = Terms { limit, budget: None, deadline };
        let fold = |body: &Bytes| Ok::<_, dynamodb::Error>(fold(&mut profiler, body));
        scan::resume(&client, &table, terms, &mut rest, &mut Spent::default(), fold).await.expect("a scan");
        let finished = profiler.finish(false, |_, (), _| {});
        assert!(finished.attributes.len() >= 10 && finished.left_out == 0, "a profile of all attributes");
        finished.items
    })
}

fn fold(profiler: &mut Profiler, body: &[u8]) -> Read {
    let page = profiler.page(body).expect("an answer of Scan");
    let items = usize::try_from(page.items).expect("a count");
    Read { items, units: Some(page.units), after: page.last_key, verdict: Ok(()) }
}

/// Does the whole export, classification and all files; answers with the table's items.
pub(crate) fn export(url: &str) -> u64 {
    let bucket = Memory::new("data");
    bucket.insert("catalog.yaml", "sample: whole\nread_capacity: 1000000000\n");
    let job = Export {
        bucket: Arc::new(bucket.clone()),
        connect: Arc::new(Direct(client(url))),
        region: Some("us-east-1".to_owned()),
        clock: Clock::system(),
        again: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answer = runtime.block_on(job.handle(&json!({}), Deadline::after(Duration::from_mins(15)))).expect("an export");
    assert_eq!((&answer["status"], &answer["skipped"]), (&json!("succeeded"), &json!([])), "{answer}");
    let (_, bytes) = runtime
        .block_on(rowferry::bucket::Bucket::read(
            &bucket,
            "catalog/latest/native/123456789012/us-east-1/bench.json",
            64 << 20,
        ))
        .expect("a table");
    let table: Value = serde_json::from_slice(&bytes).expect("JSON");
    table["items_read"].as_u64().expect("a count")
}
