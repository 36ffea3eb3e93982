//! The edge to Lambda's runtime: an event in, an answer or an error with its type out.

use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use crate::{
    action::Failure,
    error::Error,
    job::Job,
    time::{Clock, Deadline},
};

/// Serves a job until the environment is shut down.
///
/// # Errors
///
/// When the runtime's own API fails.
pub async fn serve<J: Job>(job: &J) -> Result<(), lambda_runtime::Error>
where
    Diagnostic: From<J::Error>,
{
    hush_panics();
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let deadline = deadline(event.context.deadline, job.clock());
        job.handle(&event.payload, deadline).await
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

/// What Lambda answers for an error: `errorType` says who must act. The runtime logs the error's Debug text, too.
impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        Self { error_type: error.kind().name().to_owned(), error_message: error.text() }
    }
}

/// What Lambda answers for an action: `errorType` is DynamoDB's own name.
impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name, error_message: failure.message }
    }
}
