//! What is around every screen.

use maud::{DOCTYPE, Markup, html};

use crate::{assets, frame::Frame};

/// Where the way through the page begins.
const PLACES: [(&str, &str); 4] =
    [("/", "Now"), ("/jobs", "Jobs"), ("/tasks", "Tasks"), ("/stack", "Stack")];

pub fn whole(frame: &Frame, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = frame.updates.reload() {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) " · " (frame.stack) }
                link rel="icon" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("style.css"));
                script src=(assets::address("live.js")) defer {}
            }
            body {
                a.skip href="#main" { "Skip to content" }
                header {
                    div.top {
                        a.brand href="/" { "sosw" }
                        span.stack { (frame.stack) }
                        nav aria-label="Screens" {
                            @for (path, name) in PLACES {
                                a href=(path) aria-current=[is_in(&frame.address, path).then_some("page")] { (name) }
                            }
                        }
                        @if frame.is_read_only { span.badge.calm { "read-only" } }
                        // The script shows this while no news can come.
                        p #offline role="status" hidden { "not connected: what is shown is getting old" }
                    }
                }
                main #main data-updates=[frame.updates.attribute()] { h1 { (title) } (body) }
            }
        }
    }
}

/// Is this address the place, or below it?
fn is_in(address: &str, place: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    match place {
        "/" => path == "/" || path.starts_with("/labourers"),
        _ => path == place || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_shows_where_one_is() {
        let place = |address| PLACES.map(|(place, _)| is_in(address, place));
        assert_eq!(place("/"), [true, false, false, false]);
        assert_eq!(place("/labourers/resize?from=1d"), [true, false, false, false]);
        assert_eq!(place("/jobs/a/retry"), [false, true, false, false]);
        assert_eq!(place("/tasks?job=a"), [false, false, true, false]);
        assert_eq!(place("/jobsite"), [false; 4]);
    }
}
