//! Credentials that are kept, and renewed before they expire.

use std::time::{Duration, SystemTime};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, future},
};
use tokio::sync::Mutex;

use super::{Error, Source};
use crate::time::Clock;

/// How long credentials are kept that do not say when they expire.
const KEPT: Duration = Duration::from_mins(5);
/// How long before they expire credentials are renewed, at most; short-lived ones at four fifths of their life.
const AHEAD: Duration = Duration::from_mins(5);
/// When renewing failed, the old ones are used so much longer before it is tried again.
const PAUSE: Duration = Duration::from_secs(30);

/// Credentials of a source, fetched by one caller for all.
#[derive(Debug)]
pub(super) struct Renewing {
    source: Box<dyn Source>,
    clock: Clock,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    credentials: Credentials,
    renew_at: SystemTime,
}

impl Renewing {
    pub(super) fn new(source: Box<dyn Source>, clock: Clock) -> Self {
        Self { source, clock, held: Mutex::new(None) }
    }

    pub(super) async fn credentials(&self) -> Result<Credentials, Error> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(Held { credentials, renew_at }) = &*held
            && now < *renew_at
        {
            return Ok(credentials.clone());
        }
        match (self.source.fetch().await, &mut *held) {
            (Ok(credentials), held) => {
                let renew_at = renew_at(now, credentials.expiry());
                *held = Some(Held { credentials: credentials.clone(), renew_at });
                Ok(credentials)
            }
            (Err(error), Some(Held { credentials, renew_at })) if valid(credentials, now) => {
                tracing::warn!(error = %error, "credentials could not be renewed; the old ones are used while they last");
                *renew_at = now + PAUSE;
                Ok(credentials.clone())
            }
            (Err(error), _) => Err(error),
        }
    }
}

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { Ok(self.credentials().await?) })
    }
}

fn renew_at(now: SystemTime, expiry: Option<SystemTime>) -> SystemTime {
    let Some(life) = expiry.map(|expiry| expiry.duration_since(now).unwrap_or_default()) else { return now + KEPT };
    now + life.saturating_sub(AHEAD.min(life / 5))
}

/// Whether credentials can still be used for what takes a moment.
fn valid(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + PAUSE < expiry)
}
