//! Loopback listeners: bound with an error that names the port, served by axum, stopped cleanly.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::sync::StopSignal;

/// How long requests in flight may take to end once a server is asked to stop.
const GRACE: Duration = Duration::from_secs(1);

/// Why a service got no port.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process listens there.
    #[error(
        "port {port} on 127.0.0.1, wanted for the local {service}, is taken: stop what listens there, \
         or choose another port (0 takes any that is free)"
    )]
    Taken { service: &'static str, port: u16 },
    /// The system refused for another reason.
    #[error(
        "cannot listen on 127.0.0.1:{port} for the local {service}: {source}; choose another port (0 takes any)"
    )]
    Refused { service: &'static str, port: u16, source: io::Error },
}

/// Listens on loopback only: nothing here checks credentials, so nothing here may face a network.
pub(crate) async fn bind(
    service: &'static str,
    port: u16,
) -> Result<(TcpListener, SocketAddr), BindError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken { service, port },
        _ => BindError::Refused { service, port, source },
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

/// A running HTTP server. Dropping it stops it without waiting.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: StopSignal,
    task: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) async fn start(
        service: &'static str,
        port: u16,
        router: Router,
    ) -> Result<Self, BindError> {
        let (listener, address) = bind(service, port).await?;
        Ok(Self::serve(service, listener, address, router))
    }

    pub(crate) fn serve(
        service: &'static str,
        listener: TcpListener,
        address: SocketAddr,
        router: Router,
    ) -> Self {
        // Small answers to small requests: waiting to fill a packet would cost up to 40 ms each.
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        Self::spawn(address, move |stop| async move {
            if let Err(error) =
                axum::serve(listener, router).with_graceful_shutdown(stop.wait()).await
            {
                tracing::error!(service, %address, %error, "local server ended");
            }
        })
    }

    /// Runs any server future that ends when the given signal is.
    pub(crate) fn spawn<F>(address: SocketAddr, serve: impl FnOnce(StopSignal) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = StopSignal::new();
        let task = tokio::spawn(serve(stop.clone()));
        Self { address, stop, task: Some(task) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting at once, gives requests in flight a second, then ends them.
    pub(crate) async fn stop(mut self) {
        self.stop.give();
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(GRACE, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.give();
    }
}
