//! The pages in a browser, as a person sees and uses them.
//!
//! - [`session`]: a browser; [`checks`]: what every page must be; [`seeded_flaws`]: that they find what is not
//! - [`seeded`]: a stack with everything that a page can show; [`site`]: its page
//! - [`visits`]: every screen, in every view; [`deeds`]: every action
//! - [`keyboard`]: without a mouse; [`live`]: while it is open

mod session;
mod checks;
mod seeded_flaws;
mod seeded;
mod site;
mod visits;
mod deeds;
mod keyboard;
mod live;
