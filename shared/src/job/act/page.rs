//! Pages, one after the other, as long as there is time.

use serde_json::Value;

use super::Ask;
use crate::{
    action::{
        Failure,
        page::{Found, Next, Pages},
    },
    dynamodb::Class,
};

impl Ask<'_> {
    /// Reads as many pages as are asked for. What has been read is the answer when no more come in time.
    pub(super) async fn pages(&self, pages: &Pages) -> Result<Value, Failure> {
        let operation = self.request.action.operation();
        let mut found = Found::new(self.request.action, self.request.format, &self.request.body, pages);
        loop {
            match self.try_call(operation, &found.request()).await {
                Ok(page) => {
                    if found.take(page) == Next::Answer {
                        return Ok(found.answer());
                    }
                }
                Err(error) => {
                    let in_time = !matches!(error.class(), Class::Throttled | Class::Transient);
                    if in_time || !found.has_begun() {
                        return Err(Failure::of(&error, self.request, operation));
                    }
                    return Ok(found.answer());
                }
            }
            if self.end.passed() && found.has_begun() {
                return Ok(found.answer());
            }
        }
    }
}
