//! Paused time that passes all the same. tokio's paused clock goes on by itself where everything waits for it, but not
//! while a thread is at work; a thread that waits for room in a channel, or for a bucket that never answers, would hold
//! it up for ever.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    thread,
    time::Duration,
};

use tokio::{sync::mpsc, time::advance};

/// How often somebody looks whether anything goes on, and how much time passes where nothing does.
const LOOK: Duration = Duration::from_millis(1);
const STEP: Duration = Duration::from_millis(50);

/// Drives work under paused time; time passes where nothing else goes on.
pub fn while_time_passes<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    drive(Box::pin(work))
}

async fn drive<T>(mut work: Pin<Box<impl Future<Output = T>>>) -> T {
    let (looks, mut look) = mpsc::channel(1);
    thread::spawn(move || {
        while looks.blocking_send(()).is_ok() {
            thread::sleep(LOOK);
        }
    });
    let polls = Cell::new(0_u64);
    let mut counted = poll_fn(|context| {
        polls.set(polls.get() + 1);
        work.as_mut().poll(context)
    });
    let mut seen = 0;
    loop {
        tokio::select! {
            biased;
            _ = look.recv() => {
                // Looking is one poll.
                if polls.get() <= seen + 1 {
                    advance(STEP).await;
                }
                seen = polls.get();
            }
            done = &mut counted => return done,
        }
    }
}
