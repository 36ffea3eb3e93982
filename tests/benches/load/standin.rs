//! A DynamoDB that is a fake: it keeps nothing, says yes after a given time, or as far as its write units go, and costs
//! little itself.
//!
//! One thread over epoll, whose timer is precise to tens of microseconds where a runtime's is to a millisecond; a read
//! and a write for each request, no allocation and no look at the body unless units are counted.

mod answer;
mod capacity;
pub(crate) mod http;

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use bytes::Bytes;
use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, CreateFlags, EventData, EventFlags},
    },
    fd::OwnedFd,
    io::Errno,
};

use self::answer::Table;
pub(crate) use self::{
    answer::Account,
    capacity::{HALVES_AFTER_S, HOT_SHARE, PARTITION_UNITS, PARTITIONS, Plan},
};

/// The number that epoll gives back for the listener; connections have their place in a list.
const LISTENER: u64 = u64::MAX;

/// Serves on a free port of this machine, whose URL is printed.
pub(crate) fn serve(latency: Duration, plan: Option<Plan>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let epoll = epoll::create(CreateFlags::CLOEXEC).expect("an epoll");
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN).expect("a listener");
    let table = Table::new(plan);
    let mut server = Server {
        epoll,
        listener,
        latency,
        table,
        connections: Vec::new(),
        due: VecDeque::new(),
        bytes: vec![0; 1 << 20],
    };
    let mut events = Vec::with_capacity(512);
    loop {
        let wait = server.due.front().map(|(at, ..)| at.saturating_duration_since(Instant::now()));
        let wait = wait.map(|wait| Timespec::try_from(wait).expect("a short wait"));
        match epoll::wait(&server.epoll, spare_capacity(&mut events), wait.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("epoll: {error}"),
        }
        for event in events.drain(..) {
            match event.data.u64() {
                LISTENER => server.accept(),
                place => server.read(usize::try_from(place).expect("a place")),
            }
        }
        server.answer();
    }
}

struct Connection {
    stream: TcpStream,
    /// What came of a request that is not whole yet.
    begun: Vec<u8>,
}

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    latency: Duration,
    table: Table,
    connections: Vec<Option<Connection>>,
    /// Answers and when they go out; all wait equally long, so they are in order.
    due: VecDeque<(Instant, usize, Bytes)>,
    bytes: Vec<u8>,
}

impl Server {
    fn accept(&mut self) {
        let (stream, _) = self.listener.accept().expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        stream.set_nonblocking(true).expect("no blocking");
        let place = EventData::new_u64(self.connections.len() as u64);
        epoll::add(&self.epoll, &stream, place, EventFlags::IN).expect("a connection to watch");
        self.connections.push(Some(Connection { stream, begun: Vec::new() }));
    }

    fn read(&mut self, place: usize) {
        let Some(connection) = &mut self.connections[place] else { return };
        let read = match connection.stream.read(&mut self.bytes) {
            Ok(0) => None,
            Ok(read) => Some(&self.bytes[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => None,
        };
        let Some(mut bytes) = read else {
            self.connections[place] = None;
            return;
        };
        if !connection.begun.is_empty() {
            connection.begun.extend_from_slice(bytes);
            bytes = &connection.begun;
        }
        let Some(request) = http::read(bytes) else {
            if connection.begun.is_empty() {
                connection.begun = bytes.to_vec();
            }
            return;
        };
        let now = Instant::now();
        let answer = self.table.answer(&request, now);
        connection.begun.clear();
        if self.latency.is_zero() {
            self.send(place, &answer);
        } else {
            self.due.push_back((now + self.latency, place, answer));
            self.table.account.most_in_flight = self.table.account.most_in_flight.max(self.due.len());
        }
    }

    fn answer(&mut self) {
        if self.due.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some((_, place, answer)) = self.due.pop_front_if(|(at, ..)| *at <= now) {
            self.send(place, &answer);
        }
    }

    /// Sends an answer at once: it is small, and its connection has nothing else to send.
    fn send(&mut self, place: usize, answer: &[u8]) {
        if let Some(connection) = &mut self.connections[place]
            && connection.stream.write_all(answer).is_err()
        {
            self.connections[place] = None;
        }
    }
}
