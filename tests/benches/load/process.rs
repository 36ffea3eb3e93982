//! Processes that are measured: this program again, with arguments that say what to do.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::standin::{Account, Plan};

/// What a loader took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) rows: u64,
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_mb: f64,
    /// What the stand-in counted meanwhile.
    #[serde(default)]
    pub(crate) stand_in: Account,
}

/// What kind of DynamoDB a loader meets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Terms {
    pub(crate) latency_ms: u32,
    pub(crate) plan: Option<Plan>,
}

/// CPU seconds of this process, all of its threads, as the kernel's scheduler counts them.
#[expect(clippy::cast_precision_loss, reason = "below a second")]
pub(crate) fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that this process has held, in MB.
pub(crate) fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a proc file system");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak of memory");
    let peak_kb: f64 = peak.trim().trim_end_matches(" kB").parse().expect("kilobytes");
    peak_kb / 1024.0
}

/// Does the work of a child and prints what it took.
pub(crate) fn report(work: impl FnOnce() -> u64) {
    let begun = Instant::now();
    let rows = work();
    let wall_s = begun.elapsed().as_secs_f64();
    let figures = Figures { rows, wall_s, cpu_s: cpu_s(), peak_mb: peak_mb(), stand_in: Account::default() };
    println!("{}", serde_json::to_string(&figures).expect("figures"));
}

/// This program with other arguments.
pub(crate) fn child(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(arguments);
    command
}

/// Lets a loader write an extract to a stand-in of its own.
pub(crate) fn measure(loader: &[&str], extract: &Path, rows: u64, terms: Terms) -> Figures {
    let stand_in = StandIn::start(terms);
    let arguments = [loader, &[&stand_in.url, extract.to_str().expect("a path")]].concat();
    let figures = figures(&mut child(&arguments));
    assert_eq!(figures.rows, rows, "{loader:?} has written other rows than there are");
    Figures { stand_in: stand_in.account(), ..figures }
}

/// What a process says that it took.
pub(crate) fn figures(command: &mut Command) -> Figures {
    let output = command.stderr(Stdio::inherit()).output().expect("a measured process");
    assert!(output.status.success(), "{command:?} failed");
    serde_json::from_slice(&output.stdout).expect("figures")
}

/// The median of one figure of several rounds.
pub(crate) fn median(rounds: &[Figures], figure: impl Fn(&Figures) -> f64) -> f64 {
    middle(rounds.iter().map(figure).collect())
}

pub(crate) fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A stand-in for DynamoDB that runs until it is dropped.
pub(crate) struct StandIn {
    process: Child,
    pub(crate) url: String,
}

impl StandIn {
    pub(crate) fn start(terms: Terms) -> Self {
        let plan = terms.plan.and_then(|plan| Plan::NAMES.iter().find(|(_, named)| *named == plan));
        let plan = plan.map_or("none", |(name, _)| name);
        Self::of(&["stand-in", &terms.latency_ms.to_string(), plan])
    }

    /// This program as a stand-in that prints its address.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let mut process = child(arguments).stdout(Stdio::piped()).spawn().expect("a stand-in");
        let mut url = String::new();
        let stdout = process.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut url).expect("its address");
        Self { process, url: url.trim().to_owned() }
    }

    fn account(&self) -> Account {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).expect("the stand-in");
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("a question");
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).expect("an answer");
        let answer = std::str::from_utf8(&bytes[..read]).expect("text");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("an account")
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
