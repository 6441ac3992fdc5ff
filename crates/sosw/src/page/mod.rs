//! `sosw web`: the page of a stack, or of the tables of a directory.
//!
//! - [`tables`]: where its answers come from

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
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
    log();
    place
        .with_tables(async |connection| {
            let tables = Tables::of(connection.clients.clone(), &place).await;
            print::out(format_args!("page: {} (Ctrl-C ends it)", location(address)))?;
            let page = Page::new(tables, &Options { is_read_only, token, names });
            let served = web::serve(listener, page, stop.requested()).await;
            served.map_err(|error| Error::Listen { address, error })
        })
        .await
}

/// What goes wrong behind the page is a line here, besides the page that says so.
fn log() {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("sosw=warn,web=warn"))
        .with_target(false)
        .with_ansi(false)
        .with_writer(std::io::stderr);
    // There is no other subscriber in this process.
    let _ = subscriber.try_init();
}

/// A listener at this address.
pub async fn listen_at(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|error| Error::Listen { address, error })
}

/// Where a browser finds what listens at this address: one that means all of a machine is none to visit.
fn location(address: SocketAddr) -> String {
    let port = address.port();
    let loopback: IpAddr = match address.ip() {
        ip if !ip.is_unspecified() => return format!("http://{address}/"),
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let here = SocketAddr::new(loopback, port);
    format!("http://{here}/, and port {port} of each address of this machine")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_visited() {
        for (address, printed) in [
            ("127.0.0.1:8420", "http://127.0.0.1:8420/"),
            ("[::1]:8420", "http://[::1]:8420/"),
            ("10.0.0.7:80", "http://10.0.0.7:80/"),
        ] {
            assert_eq!(location(address.parse().unwrap()), printed);
        }
        for (all, here) in [
            ("0.0.0.0:9000", "http://127.0.0.1:9000/, and port 9000"),
            ("[::]:9000", "http://[::1]:9000/, and port 9000"),
        ] {
            assert!(location(all.parse().unwrap()).starts_with(here), "{all}");
        }
    }
}
