//! A labourer in the words of the config.

use super::seconds;
use crate::{
    config::raw,
    ecology::{Adaptive, Breaker, Steps},
    labourer::{Labourer, backoff::Backoff},
};

impl From<&Labourer> for raw::Labourer {
    fn from(labourer: &Labourer) -> Self {
        let metrics = labourer.health.metrics.iter();
        let metrics = metrics.map(|metric| (metric.name.clone(), metric.into()));
        Self {
            arn: Some(labourer.function.clone()),
            max_simultaneous_invocations: Some(labourer.max_simultaneous_invocations),
            duration: labourer.duration.and_then(seconds),
            cooldown: seconds(labourer.cooldown),
            event_age: labourer.event_age.and_then(seconds),
            max_attempts: Some(labourer.max_attempts),
            after_failure: Some(labourer.after_failure.into()),
            after_expiry: labourer.after_expiry.map(Into::into),
            require_claim: Some(labourer.require_claim),
            health_metrics: Some(metrics.collect()),
            health_steps: Some(labourer.health.steps.into()),
            breaker: labourer.health.breaker.map(Into::into),
            adaptive: labourer.health.adaptive.map(Into::into),
        }
    }
}

impl From<Backoff> for raw::Backoff {
    fn from(backoff: Backoff) -> Self {
        match backoff {
            Backoff::Exponential { base, cap } => Self {
                growth: Some(raw::Growth::Exponential),
                base: seconds(base),
                cap: seconds(cap),
            },
            Backoff::Linear { base } => {
                Self { growth: Some(raw::Growth::Linear), base: seconds(base), cap: None }
            }
        }
    }
}

impl From<Steps> for raw::HealthSteps {
    fn from(steps: Steps) -> Self {
        Self { rise: Some(steps.rise), fall: Some(steps.fall) }
    }
}

impl From<Breaker> for raw::Breaker {
    fn from(breaker: Breaker) -> Self {
        Self {
            threshold: Some(breaker.threshold),
            window: Some(breaker.window),
            minimum: Some(breaker.minimum),
        }
    }
}

impl From<Adaptive> for raw::Adaptive {
    fn from(adaptive: Adaptive) -> Self {
        Self {
            min: Some(adaptive.min),
            increase: Some(adaptive.increase),
            decrease: Some(adaptive.decrease),
            tolerance: Some(adaptive.tolerance),
        }
    }
}
