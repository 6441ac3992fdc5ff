//! What is around every screen.

use maud::{DOCTYPE, Markup, html};

use crate::visit::Visit;

pub fn whole(visit: &Visit, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (visit.stack().name()) }
                link rel="icon" href="/assets/icon.svg";
                link rel="stylesheet" href="/assets/style.css";
                script src="/assets/live.js" defer {}
            }
            body {
                header { nav { a href="/" { "Now" } " " a href="/jobs" { "Jobs" } " " a href="/tasks" { "Tasks" } } }
                main { h1 { (title) } (body) }
            }
        }
    }
}
