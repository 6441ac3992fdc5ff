//! Style, script and icon: a part of the program.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use axum::{
    extract::{Path, RawQuery},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

const FILES: &[(&str, &str, &str)] = &[
    ("style.css", "text/css; charset=utf-8", include_str!("../assets/style.css")),
    ("live.js", "text/javascript; charset=utf-8", include_str!("../assets/live.js")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// Changes with the content of any file: what a browser keeps is that of this program, or not used.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
});

/// The address of a file, as links name it.
pub fn address(file: &str) -> String {
    format!("/assets/{file}?v={}", *VERSION)
}

pub async fn show(
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, StatusCode> {
    let found = FILES.iter().find(|(name, ..)| *name == file);
    let (_, kind, content) = found.ok_or(StatusCode::NOT_FOUND)?;
    let is_this_version = query.is_some_and(|query| query == format!("v={}", *VERSION));
    let cache = if is_this_version { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(CONTENT_TYPE, *kind), (CACHE_CONTROL, cache)], *content).into_response())
}
