//! The page of a running `sosw local`.

use std::net::{Ipv4Addr, SocketAddr};

use operator::{Clients, config::Config};
use tokio::{sync::oneshot, task::JoinHandle};
use web::{Options, Page};

use super::{Args, output::Output, screen::Screen};
use crate::{
    error::Error,
    page::{listen_at, tables::Tables},
};

/// Where the page is, if nothing else is there.
const PORT: u16 = 8420;

/// The page that is served. It ends with this.
pub struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Served {
    /// Serves it on this machine, unless nobody wants it. A port that was named must be free; the usual one need not.
    pub async fn start(
        args: &Args,
        clients: Clients,
        config: &Config,
        output: Option<&Output>,
    ) -> Result<Option<Self>, Error> {
        if args.no_page {
            return Ok(None);
        }
        let at = |port| listen_at((Ipv4Addr::LOCALHOST, port).into());
        let listener = match args.page_port {
            Some(port) => at(port).await?,
            None => match at(PORT).await {
                Ok(listener) => listener,
                Err(_) => at(0).await?,
            },
        };
        let fallback = (Ipv4Addr::LOCALHOST, args.page_port.unwrap_or(PORT)).into();
        let address =
            listener.local_addr().map_err(|error| Error::Listen { address: fallback, error })?;
        let tables = Tables::of_local(clients, config.clone(), output.map(Output::path));
        let page = Page::new(tables, &Options::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = async {
            // It is never sent: dropping it is the sign.
            let _ = stopped.await;
        };
        let task = tokio::spawn(web::serve(listener, page, ended));
        Ok(Some(Self { address, stop, task }))
    }

    pub fn introduce(&self, screen: &Screen) {
        screen.print(format_args!("page: http://{}/", self.address));
    }

    pub async fn stop(self) {
        drop(self.stop);
        if let Ok(Err(error)) = self.task.await {
            tracing::warn!(%error, "the page ended");
        }
    }
}
