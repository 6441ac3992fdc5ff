//! `sosw web`: the page of a stack, or of the tables of a directory.
//!
//! - [`tables`]: where its answers come from

use std::net::SocketAddr;

use tokio::net::TcpListener;
use web::{HostName, Options, Page};

use crate::{connect::Where, error::Error, print, stop::StopRequest};

pub mod tables;

use self::tables::Tables;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// A name under which it is reached, as it stands in a browser: by a proxy, or with the port of a tunnel
    #[arg(long, value_name = "NAME")]
    host: Vec<HostName>,
    /// What visitors must know; better set SOSW_WEB_TOKEN, which no list of processes shows
    #[arg(long, env = "SOSW_WEB_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Show, and do nothing
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    place: Where,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let Args { listen, host: names, token, read_only: is_read_only, place } = args;
    let token = token.filter(|token| !token.is_empty());
    if !listen.ip().is_loopback() && token.is_none() && !is_read_only {
        return Err(Error::OpenToAll(listen));
    }
    let listener = listen_at(listen).await?;
    let address =
        listener.local_addr().map_err(|error| Error::Listen { address: listen, error })?;
    let mut stop = StopRequest::listen()?;
    place
        .with_tables(async |connection| {
            let tables = Tables::of(connection.clients.clone(), &place).await;
            print::out(format_args!("page: http://{address}/ (Ctrl-C ends it)"))?;
            let page = Page::new(tables, &Options { is_read_only, token, names });
            let served = web::serve(listener, page, stop.requested()).await;
            served.map_err(|error| Error::Listen { address, error })
        })
        .await
}

/// A listener at this address.
pub async fn listen_at(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|error| Error::Listen { address, error })
}
