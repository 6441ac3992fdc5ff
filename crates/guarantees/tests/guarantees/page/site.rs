//! The page of a world, served on this machine.

use futures::{FutureExt, future::BoxFuture};
use operator::{TaskManager, tasks::TaskDetails};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use url::Url;
use web::{
    Options, Page,
    stack::{Attempt, Line, Printed, Stack},
};

use super::seeded::SCRIPT;

/// That of pages that ask for one.
pub const TOKEN: &str = "the token of the test";

/// Two pages of the same world.
pub struct Sites {
    /// For everybody on this machine.
    pub open: Site,
    /// For those who know [`TOKEN`].
    pub asking: Site,
}

impl Sites {
    pub async fn of(manager: &TaskManager) -> Self {
        let asks = Options { token: Some(TOKEN.to_owned()), ..Options::default() };
        let open = Site::of(manager, &Options::default()).await;
        Self { open, asking: Site::of(manager, &asks).await }
    }

    /// Ends both, as the program's end does.
    pub async fn end(self) {
        self.open.end().await;
        self.asking.end().await;
    }
}

pub struct Site {
    url: Url,
    shutdown: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Site {
    pub async fn of(manager: &TaskManager, options: &Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let page = Page::new(OfWorld(manager.clone()), options);
        let (shutdown, ended) = oneshot::channel();
        let served = tokio::spawn(web::serve(listener, page, ended.map(drop)));
        Self { url: Url::parse(&url).unwrap(), shutdown, served }
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.url.authority().to_owned()
    }

    /// The address of this path and query.
    pub fn at(&self, path: &str) -> String {
        self.url.join(path).unwrap().into()
    }

    pub async fn end(self) {
        drop(self.shutdown);
        self.served.await.unwrap().unwrap();
    }
}

/// A path of these segments, whatever they contain.
pub fn path(segments: &[&str]) -> String {
    let mut url = Url::parse("http://host").unwrap();
    url.path_segments_mut().unwrap().extend(segments);
    url.path().to_owned()
}

struct OfWorld(TaskManager);

impl Stack for OfWorld {
    fn name(&self) -> String {
        "shop".to_owned()
    }

    fn manager(&self) -> BoxFuture<'_, Result<TaskManager, String>> {
        std::future::ready(Ok(self.0.clone())).boxed()
    }

    /// Every task printed the same.
    fn printed<'a>(&'a self, _: &'a TaskDetails) -> BoxFuture<'a, Result<Printed, String>> {
        let lines = [
            (false, "resizing alps of 2027-01-14".to_owned()),
            (true, format!("warning: {SCRIPT}")),
            (false, "a line that is long because it has all numbers: ".to_owned() + &numbers()),
        ];
        let line = |(is_error, text)| Line { at: self.0.now(), is_error, text };
        let lines = lines.into_iter().map(line).collect();
        let request_id = "8f507cfc-2b0c-4d6a-9d5b-0a3c1b6f3f0e".to_owned();
        let attempt = Attempt { attempt: 1, request_id, lines, is_cut: true };
        std::future::ready(Ok(Printed::Attempts(vec![attempt]))).boxed()
    }
}

fn numbers() -> String {
    (0..80).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
}
