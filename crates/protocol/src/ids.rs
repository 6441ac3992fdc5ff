//! Names of things. Each type refuses what could not be one, once, at the door.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} {text:?} is refused: {why}")]
pub struct InvalidId {
    what: &'static str,
    text: String,
    why: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes `text` if it can be such a name.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let check: fn(&str) -> Option<&'static str> = $check;
                match check(&text) {
                    None => Ok(Self(text)),
                    Some(why) => Err(InvalidId { what: $what, text, why }),
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn printable(text: &str, most: usize) -> Option<&'static str> {
    if text.is_empty() {
        Some("it is empty")
    } else if text.len() > most {
        Some("it is too long")
    } else if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Some("it contains white space or control characters")
    } else {
        None
    }
}

id!(
    /// A labourer's name in the config, usually the name of its Lambda function.
    LabourerId, "labourer_id", |text| printable(text, 140)
);
id!(
    /// What several labourers use, and share: a database, an API.
    ResourceId, "resource", |text| printable(text, 140)
);
id!(
    /// One task. sosw's are 32 hexadecimal digits; any printable text up to 255 bytes is accepted.
    TaskId, "task_id", |text| printable(text, 255)
);
id!(
    /// One job: all tasks that came from one message to the scheduler.
    JobId, "job_id", |text| printable(text, 255)
);
id!(
    /// The secret of one attempt: 128 random bits that fence and authenticate its report.
    ClaimToken, "claim", |text| printable(text, 255)
);

id!(
    /// An invocation, as Lambda names it: what CloudWatch Logs has of it is found by this.
    RequestId, "request_id", |text| {
        let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        printable(text, 64).or((!is_word).then_some("it contains more than letters, digits and hyphens"))
    }
);

impl TaskId {
    /// An id out of 128 random bits.
    pub fn from_random(bits: u128) -> Self {
        Self(uuid_of(bits))
    }

    /// The id of task `n` of `job`: always the same, so that nothing is made twice.
    pub fn of_job(job: &JobId, n: u64) -> Self {
        let name = format!("{job}/{n}");
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string())
    }

    /// The id of the block of `job` that begins with task `first`; no task has it.
    pub fn of_block(job: &JobId, first: u64) -> Self {
        let name = format!("{job}/{first}");
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).simple().to_string())
    }

    /// The id of a piece of the block `of`, which was in `before` pieces already. What left a block is
    /// listed in it for ever, so no two pieces have the same.
    pub fn of_piece(of: &Self, before: usize) -> Self {
        let name = format!("{of}/{before}");
        Self(Uuid::new_v5(&Uuid::NAMESPACE_X500, name.as_bytes()).simple().to_string())
    }
}

impl JobId {
    /// An id out of 128 random bits.
    pub fn from_random(bits: u128) -> Self {
        Self(uuid_of(bits))
    }

    /// The id of the job that has this idempotency key, or came with a delivery named by it: always
    /// the same.
    pub fn of_key(key: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, key.as_bytes()).simple().to_string())
    }
}

impl ClaimToken {
    /// A token out of 128 random bits, which nobody must be able to guess.
    pub fn from_random(bits: u128) -> Self {
        Self(uuid_of(bits))
    }
}

/// A UUID of version 4, as sosw's ids are: 122 of the bits, in 32 hexadecimal digits.
fn uuid_of(random: u128) -> String {
    let bytes = random.to_be_bytes();
    uuid::Builder::from_random_bytes(bytes).into_uuid().simple().to_string()
}
