//! How long the function as it is shipped takes to ask for its first event, and how large it is.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use super::Bench;
use crate::{
    goal::{Goal, Table, two},
    process::{child, middle},
};

const START: Goal = Goal { must: 20.0, aim: 10.0 };
const SIZE: Goal = Goal { must: 20.0, aim: 14.0 };

const TIMES: usize = 20;

const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

pub(crate) fn run(bench: &Bench) {
    let binary: &PathBuf = bench.binary.as_ref().expect("BINARY=path of the function; `make bench` gives it");
    let runtime = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (mut starts, mut least) = (Vec::new(), Vec::new());
    for round in 0..=TIMES {
        let taken = [first_event(&runtime, Command::new(binary)), first_event(&runtime, child(&["knock"]))];
        // The first round brings the programs into memory.
        if round > 0 {
            starts.push(taken[0]);
            least.push(taken[1]);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let size = std::fs::metadata(binary).expect("the function").len() as f64 / f64::from(1 << 20);
    let mut table = Table::new(&["load-extract as shipped", "figure", "must", "aim", "holds"]);
    let mut add = |name: &str, goal: Goal, figure| {
        table.add([name.to_owned()].into_iter().chain(goal.cells(figure, two)));
    };
    add("start of the process to the first event, ms", START, middle(starts));
    add("size of the binary, MB", SIZE, size);
    let least = [two(middle(least)), String::new(), String::new(), String::new()];
    table.add(["a program that only asks for an event, ms".to_owned()].into_iter().chain(least));
    table.print("Start");
}

/// Milliseconds until a program asks for its first event, in the environment that Lambda gives it.
fn first_event(runtime: &TcpListener, mut program: Command) -> f64 {
    let address = runtime.local_addr().expect("an address").to_string();
    program.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).envs([
        (RUNTIME_API, address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "load-extract"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
        ("DATA_BUCKET", "data"),
        ("RUNS_TABLE", "runs"),
    ]);
    let begun = Instant::now();
    let mut process = program.spawn().expect("the program");
    let (stream, _) = runtime.accept().expect("a connection");
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).expect("a request");
    let taken = begun.elapsed();
    assert!(line.starts_with("GET /2018-06-01/runtime/invocation/next "), "it asked for {line}");
    process.kill().expect("an end");
    process.wait().expect("an end");
    taken.as_secs_f64() * 1e3
}

/// Asks for an event and does nothing else.
#[expect(clippy::disallowed_methods, reason = "the program has no settings to be given")]
pub(crate) fn knock() {
    let mut stream = TcpStream::connect(std::env::var(RUNTIME_API).expect("a runtime")).expect("a connection");
    stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n").expect("a request");
    std::thread::park();
}
