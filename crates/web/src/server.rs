//! Connections: how many, and for how long.

use std::{io, sync::Arc, time::Duration};

use axum::Extension;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use crate::{Page, guard::Local, route};

/// Connections at a time.
const MOST: usize = 256;
/// Connections at a time that are told that there are too many; more are closed without a word.
const MOST_REFUSED: usize = 64;
/// How long the head of a request may take, from when the connection is ready for it: a browser's connection that is
/// not used is closed then, too.
const HEAD: Duration = Duration::from_secs(10);
/// The longest head: addresses and cookies are short.
const LONGEST_HEAD: usize = 32 * 1024;
/// How long answers may take that are under way when the end comes.
const GRACE: Duration = Duration::from_secs(3);
/// How long whoever is refused may take to hear it.
const REFUSAL: Duration = Duration::from_secs(1);
/// A pause after the system refused to take a connection, as it does without free file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    content-length: 74\r\n\
    retry-after: 10\r\n\
    connection: close\r\n\
    \r\n\
    Too many connections are open to this page: close some, and ask it again.\n";

/// Serves the page until `shutdown` resolves.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    page: Page,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let router = route::router(page.clone());
    let (slots, refusals) =
        (Arc::new(Semaphore::new(MOST)), Arc::new(Semaphore::new(MOST_REFUSED)));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // What has ended is not kept.
            Some(_) = connections.join_next() => continue,
            () = &mut shutdown => break,
        };
        let arrived = accepted.and_then(|(stream, _)| Ok((stream.local_addr()?, stream)));
        let Ok((local, stream)) = arrived else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Answers are written at once: waiting to fill a packet would cost up to 40 ms.
        let _ = stream.set_nodelay(true);
        if let Ok(slot) = slots.clone().try_acquire_owned() {
            let service = TowerToHyperService::new(router.clone().layer(Extension(Local(local))));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(LONGEST_HEAD)
                .serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            connections.spawn(async move {
                // Whoever asked has gone, or sent what is no request.
                let _ = connection.await;
                drop(slot);
            });
        } else if let Ok(slot) = refusals.clone().try_acquire_owned() {
            connections.spawn(refuse(stream, slot));
        }
    }
    drop(listener);
    page.live().end();
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}

/// Says so, and goes on reading for a moment: closing a connection with unread requests would take the words back.
async fn refuse(mut stream: TcpStream, slot: OwnedSemaphorePermit) {
    let said = async {
        stream.write_all(TOO_MANY.as_bytes()).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(REFUSAL, said).await;
    drop(slot);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_refusal_are_as_long_as_it_says() {
        let (head, body) = TOO_MANY.split_once("\r\n\r\n").unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        assert_eq!(length.parse(), Ok(body.len()));
    }
}
