//! A DynamoDB that says yes to everything, after a given time, and costs little itself.

use std::time::Duration;

use rowferry::dynamodb::Answer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves on a free port of this machine, whose URL is printed.
pub(crate) fn serve(latency_ms: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("http://{}", listener.local_addr().expect("an address"));
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            tokio::spawn(connection(stream, Duration::from_millis(latency_ms)));
        }
    });
}

async fn connection(mut stream: TcpStream, latency: Duration) -> Option<()> {
    let mut buffer = Vec::with_capacity(64 << 10);
    loop {
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        };
        let text = std::str::from_utf8(&buffer[..head]).ok()?.to_ascii_lowercase();
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let length: usize = value("content-length:")?.parse().ok()?;
        while buffer.len() < head + length {
            (stream.read_buf(&mut buffer).await.ok()? > 0).then_some(())?;
        }
        let Answer { body, .. } = answer(value("x-amz-target:")?, &buffer[head..head + length]);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let mut response = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        response.push_str(std::str::from_utf8(&body).ok()?);
        stream.write_all(response.as_bytes()).await.ok()?;
        buffer.drain(..head + length);
    }
}

fn answer(target: &str, body: &[u8]) -> Answer {
    let text: &str = match target.rsplit('.').next().unwrap_or_default() {
        "batchwriteitem" => {
            r#"{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"bench","CapacityUnits":25.0}]}"#
        }
        "describetable" => {
            r#"{"Table":{"TableName":"bench","TableStatus":"ACTIVE","TableArn":"arn:aws:dynamodb:us-east-1:1:table/bench","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}}"#
        }
        "updateitem" | "putitem" if body.len() > 20 => {
            r#"{"ConsumedCapacity":{"TableName":"bench","CapacityUnits":1.0}}"#
        }
        _ => "{}",
    };
    Answer { status: 200, body: text.into() }
}
