//! A labourer whose work can be checked: it counts prime numbers, and how many there are is known.
//!
//! A job such as this one is a million tasks, one for each million and each thousand in it:
//!
//! ```json
//! {
//!   "lambda_name": "primes", "tasks_per_invocation": 1000,
//!   "isolate_millions": true, "isolate_thousands": true,
//!   "millions": [0, 1, 2, …, 999], "thousands": [0, 1, 2, …, 999]
//! }
//! ```
//!
//! and each task arrives here with `{"millions": [17], "thousands": [4], …}`: the thousand numbers from
//! 17,004,000 on. All of them together have 50,847,534 primes.

use std::sync::Arc;

use labourer::{Done, Failure, Outcome, Task};
use serde::Deserialize;
use serde_json::json;

/// How many numbers a task is about.
const NUMBERS: u64 = 1000;
/// No task is about numbers from its square on, which is just beyond a billion.
const LARGEST_DIVISOR: u64 = 31_623;

/// What a task asks for.
#[derive(Deserialize)]
struct Payload {
    millions: [u64; 1],
    thousands: [u64; 1],
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), labourer::Error> {
    let divisors: Arc<[u64]> = small_primes().into();
    labourer::run(move |task, _| count(Arc::clone(&divisors), task)).await
}

/// The work: payload in, the count out, as a stat, which is added up over a block, and as the task's own result.
async fn count(divisors: Arc<[u64]>, task: Task<Payload>) -> Outcome {
    let Payload { millions: [million], thousands: [thousand] } = task.payload;
    if million >= 1000 || thousand >= 1000 {
        let why = format!("million {million}, thousand {thousand}: both are below 1000");
        return Err(Failure::new("OutOfRange", why));
    }
    let primes = primes_from(million * 1_000_000 + thousand * 1000, &divisors);
    Ok(Done::new().stat("primes", primes).result(json!({ "primes": primes })))
}

/// How many of the [`NUMBERS`] from `first` on are prime: those that no smaller prime divides.
fn primes_from(first: u64, divisors: &[u64]) -> usize {
    let mut is_prime = [true; NUMBERS as usize];
    for divisor in divisors.iter().take_while(|divisor| *divisor * *divisor < first + NUMBERS) {
        let from = (divisor * divisor).max(first.next_multiple_of(*divisor)) - first;
        let multiples = is_prime.iter_mut().skip(from as usize).step_by(*divisor as usize);
        multiples.for_each(|is_prime| *is_prime = false);
    }
    let below_two = 2_u64.saturating_sub(first) as usize;
    is_prime.iter().skip(below_two).filter(|is_prime| **is_prime).count()
}

/// The primes up to [`LARGEST_DIVISOR`].
fn small_primes() -> Vec<u64> {
    let mut primes = Vec::new();
    for number in 2..=LARGEST_DIVISOR {
        let mut smaller = primes.iter().take_while(|prime| *prime * *prime <= number);
        if smaller.all(|prime| number % prime != 0) {
            primes.push(number);
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use labourer::{Context, testing};
    use serde_json::Value;

    use super::*;

    async fn report(million: u64, thousand: u64) -> Value {
        let divisors: Arc<[u64]> = small_primes().into();
        let payload = json!({ "millions": [million], "thousands": [thousand] });
        testing::report(payload, |task, _: Context| count(Arc::clone(&divisors), task)).await
    }

    #[tokio::test]
    async fn a_task_counts_the_primes_of_its_thousand_numbers() {
        for (million, thousand, primes) in [(0, 0, 168), (0, 1, 135), (999, 999, 45)] {
            let report = report(million, thousand).await;
            assert_eq!(report["result"], json!({ "primes": primes }), "{million} {thousand}");
            assert_eq!(report["stats"], report["result"]);
        }
    }

    #[test]
    fn a_million_numbers_have_as_many_primes_as_is_known() {
        let divisors = small_primes();
        let counts = (0..1000).map(|thousand| primes_from(thousand * NUMBERS, &divisors));
        assert_eq!(counts.sum::<usize>(), 78_498);
    }

    #[tokio::test]
    async fn a_task_beyond_a_billion_fails_and_says_why() {
        let report = report(1000, 0).await;
        assert_eq!(report["error"]["kind"], "OutOfRange", "{report}");
    }
}
