//! The edge to Lambda's runtime: an event in, an answer or an error with its type out.

use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::{
    error::Error,
    job::Job,
    time::{Clock, Deadline},
};

/// Serves a job until the environment is shut down.
///
/// # Errors
///
/// When the runtime's own API fails.
pub async fn serve(job: &impl Job) -> Result<(), lambda_runtime::Error> {
    hush_panics();
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let deadline = deadline(event.context.deadline, &job.edges().clock);
        job.handle(&event.payload, deadline).await.map_err(|error| diagnostic(&error))
    }))
    .await
}

/// Lets the log say where something panicked and not why: a library's message may quote the value that it choked on.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(place = at.unwrap_or_default(), "panicked");
    }));
}

fn deadline(epoch_ms: u64, clock: &Clock) -> Deadline {
    Deadline::after(Duration::from_millis(epoch_ms.saturating_sub(clock.epoch_ms())))
}

/// What Lambda answers for an error: `errorType` says who must act.
fn diagnostic(error: &Error) -> Diagnostic {
    Diagnostic { error_type: error.kind().name().to_owned(), error_message: error.text() }
}
