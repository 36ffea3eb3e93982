//! A scan by hand: eight segments, each a page after the other, over hyper; each page is folded as it comes.

use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::fold::Profile;
use crate::hand::signed;

const SEGMENTS: u32 = 8;

/// Scans and profiles the table; answers with its items.
pub(crate) fn profile(url: &str) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
        let identity = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "bench").into();
        let host = url.trim_start_matches("http://");
        let ask = |segment: u32, after: &str| {
            let body = format!(
                r#"{{"TableName":"bench","Segment":{segment},"TotalSegments":{SEGMENTS},"ReturnConsumedCapacity":"TOTAL"{after}}}"#
            );
            let request = signed(url, host, "Scan", &identity, body.into());
            let client = client.clone();
            async move {
                let response = client.request(request).await.expect("an answer");
                assert!(response.status().is_success(), "the stand-in refused");
                (segment, response.into_body().collect().await.expect("a body").to_bytes())
            }
        };
        let mut flying: FuturesUnordered<_> = (0..SEGMENTS).map(|segment| ask(segment, "")).collect();
        let mut profile = Profile::default();
        while let Some((segment, page)) = flying.next().await {
            if let Some(last_key) = profile.page(&page) {
                flying.push(ask(segment, &format!(r#","ExclusiveStartKey":{last_key}"#)));
            }
        }
        profile.finish()
    })
}
