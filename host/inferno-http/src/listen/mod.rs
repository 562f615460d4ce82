//! Connections: accepted, bounded in every direction, and ended when the client does not keep up its side.
//!
//! Owns what a stranger's connection may cost: how many there are, how large and how slow a request's head may be, how
//! slow its body, and for how long an answer may wait to be read. Refuses to know what is asked: that is the router's.
//! Easily confused with `axum::serve`, which bounds none of this.

mod body;
mod count;
mod limits;
mod socket;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, watch},
};
use tower::ServiceExt as _;

pub(crate) use self::body::TooSlow;
pub use self::limits::ConnectionLimits;
use self::{body::Timed, count::Open, socket::Watched};
use crate::HttpObserver;

/// What the system keeps of an answer that is not read yet, in bytes for each connection; it takes up to twice that.
/// Left to itself it keeps several megabytes, more than a whole answer: nobody would ever learn that it is not read.
const SEND_BUFFER: u32 = 128 << 10;
/// Connections that the system has accepted and we have not.
const BACKLOG: u32 = 1024;
/// How long to wait when the system has no more descriptors: they come back when connections end.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener at `address`, set up for [`serve`].
///
/// # Errors
/// When the address is taken, or not of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Elsewhere the option lets two servers share a port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers connections until `stop` resolves, then completes those that are in the middle of something.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    observer: Arc<dyn HttpObserver>,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections.get()));
    let (stopping, stopped) = watch::channel(false);
    let (running, done) = watch::channel(());
    let open = Open::new(Arc::clone(&observer));
    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            // A place first: beyond the limit, connections wait in the system's queue and cost nothing here.
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // The connection is gone already, or there are no descriptors left. Either way others go on.
                tracing::debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let counted = open.one();
        let connection = connection(stream, router.clone(), limits, Arc::clone(&observer), stopped.clone());
        let done = done.clone();
        tokio::spawn(async move {
            connection.await;
            drop((counted, place, done));
        });
    }
    drop((listener, done));
    stopping.send_replace(true);
    running.closed().await;
}

async fn connection(
    stream: TcpStream,
    router: Router,
    limits: ConnectionLimits,
    observer: Arc<dyn HttpObserver>,
    mut stopped: watch::Receiver<bool>,
) {
    // Every token is a small write that should leave at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (stream, unanswered) = Watched::new(stream, limits.write);
    let service = service_fn(move |request: Request<Incoming>| {
        let request = request.map(|body| Body::new(Timed::new(body, limits)));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended
        && let Some(reason) = count::reason(&error, unanswered.get())
    {
        tracing::debug!(%error, reason, "a connection was cut");
        observer.connection_cut(reason);
    }
}
