//! What is known of any request, also where there is nothing to show: what the layout needs.

/// Of a request, and of the answer to it.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// What the stack is called.
    pub stack: String,
    /// Path and query of the request.
    pub address: String,
    /// The hidden field `token` of every form: it proves that the form is of this page, and of whoever sends it.
    pub form_token: String,
    /// May whoever visits do nothing? Then no form is shown.
    pub is_read_only: bool,
    pub updates: Updates,
}

/// How what is shown is kept up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Updates {
    /// Not at all: somebody may be writing in it, or it says what was done.
    #[default]
    Never,
    /// By the script, so many seconds after it was read.
    Every(u16),
    /// By the script, whenever the page was told that there is something new.
    Live,
    /// By the browser itself, so many seconds from now: there is nothing to lose.
    Reload(u16),
}

impl Updates {
    /// The attribute `data-updates` of what is replaced, for the script.
    pub fn attribute(self) -> Option<String> {
        match self {
            Self::Every(seconds) => Some(seconds.to_string()),
            Self::Live => Some("live".to_owned()),
            Self::Never | Self::Reload(_) => None,
        }
    }

    /// Seconds until the browser asks again by itself.
    pub fn reload(self) -> Option<u16> {
        match self {
            Self::Reload(seconds) => Some(seconds),
            Self::Never | Self::Every(_) | Self::Live => None,
        }
    }
}
