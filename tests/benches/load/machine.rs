//! The machine that figures are of.

use std::fs::read_to_string;

/// A line of Markdown that says what the machine is, and how busy it was before the bench began.
pub(crate) fn line() -> String {
    let text = |path: &str| read_to_string(path).expect("a proc file system");
    let field = |path: &str, name: &str| {
        let text = text(path);
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
        value.map_or_else(|| "unknown".to_owned(), |value| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().expect("cores");
    let memory_kb: f64 = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().expect("kilobytes");
    let model = field("/proc/cpuinfo", "model name");
    let load = text("/proc/loadavg");
    format!(
        "{cores} cores of {model}, {:.0} GB, Linux {}; load before: {}",
        memory_kb / f64::from(1 << 20),
        text("/proc/sys/kernel/osrelease").trim(),
        load.split_whitespace().next().expect("a load"),
    )
}
