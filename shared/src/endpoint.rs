//! The endpoint of a service, as the SDK finds it: a setting for the service, then one for all services.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// The endpoint that is set for a service (`AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`, or the profile's); none where
/// the region's own is meant.
#[must_use]
pub fn of(config: &SdkConfig, service_id: &str) -> Option<String> {
    let key =
        ServiceConfigKey::builder().service_id(service_id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let of_service = config.service_config().zip(key.ok()).and_then(|(service, key)| service.load_config(key));
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}
