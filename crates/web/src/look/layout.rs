//! What is around every screen.

use maud::{DOCTYPE, Markup, html};

use crate::{assets, frame::Frame};

pub fn whole(frame: &Frame, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(seconds) = frame.updates.reload() {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) " · " (frame.stack) }
                link rel="icon" href=(assets::address("icon.svg"));
                link rel="stylesheet" href=(assets::address("style.css"));
                script src=(assets::address("live.js")) defer {}
            }
            body {
                header {
                    nav { a href="/" { "Now" } " " a href="/jobs" { "Jobs" } " " a href="/tasks" { "Tasks" } }
                    // The script says here that what is shown is old.
                    p id="connection" role="status" {}
                }
                main data-updates=[frame.updates.attribute()] { h1 { (title) } (body) }
            }
        }
    }
}
