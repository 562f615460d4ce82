//! The socket of the pages: the newest snapshot at once, then one every second, and the widgets that a client watches,
//! drawn once for all who watch the same.
//!
//! Owns: who watches what, and the pace. Refuses to wait for anybody: a snapshot never waits for a widget, a widget
//! never for another client, and a client that does not read loses what it did not read. What is kept for it is
//! bounded: the newest snapshot, and as many packets as there can be widgets.

mod clients;
mod pace;
#[cfg(test)]
mod tests;
mod watch;

use std::{future::ready, sync::Arc, time::Duration};

use axum::{Router, middleware};
use socketioxide::{
    SocketIo,
    extract::{SocketRef, TryData},
    handler::ConnectHandler as _,
};
use tokio::task::JoinHandle;

use crate::{
    Server,
    api::live::{MAX_WATCHED, ViewErrorMessage, Watch},
    guard::{self, SOCKET_PATH},
};
use clients::{Clients, Full};

/// The longest message of a client, in bytes: 64 widgets with the longest settings.
const MAX_MESSAGE: usize = 1 << 20;
/// Packets that wait for a client that reads slowly: a view of each widget, and a few words.
const WAITING: usize = MAX_WATCHED + 8;
/// How soon a client must say which namespace it wants.
const CONNECT: Duration = Duration::from_secs(10);

/// The running socket.
#[derive(Debug)]
pub struct Live {
    io: SocketIo,
    pace: JoinHandle<()>,
}

impl Live {
    /// Says goodbye to every client, so that none keeps the server from stopping.
    pub async fn close(self) {
        self.pace.abort();
        self.io.close().await;
    }
}

/// Starts the socket: its routes, and what runs behind them.
pub(crate) fn start(server: &Arc<Server>) -> (Router, Live) {
    let (service, io) = SocketIo::builder()
        .req_path(SOCKET_PATH)
        .max_buffer_size(WAITING)
        .max_payload(MAX_MESSAGE as u64)
        .ws_max_message_size(MAX_MESSAGE)
        .ws_max_frame_size(MAX_MESSAGE)
        .connect_timeout(CONNECT)
        .build_svc();
    let clients = Arc::new(Clients::default());
    let (joining, listening) = (Arc::clone(&clients), Arc::clone(&clients));
    // Handlers do their work when they are called and return what is done already: what is awaited runs whenever it
    // likes, and an older `watch` might replace a newer one.
    let connected = move |socket: SocketRef| {
        joining.join(&socket);
        ready(())
    };
    io.ns(
        "/",
        connected.with(async move |socket: SocketRef| {
            listening.has_room()?;
            listen(&listening, &socket);
            Ok::<_, Full>(())
        }),
    );
    // From now on, not from when it is first polled: no snapshot after this is missed.
    let snapshots = server.seams.insight.snapshots();
    let pace = tokio::spawn(pace::keep(Arc::clone(server), clients, snapshots));
    let routes = Router::new()
        .route_service(SOCKET_PATH, service.clone())
        .route_service(&format!("{SOCKET_PATH}/"), service)
        .route_layer(middleware::from_fn_with_state(Arc::clone(server), guard::guard));
    (routes, Live { io, pace })
}

/// Listens to a client. Called before it is told that it is connected, so that nothing it says goes unheard.
fn listen(clients: &Arc<Clients>, socket: &SocketRef) {
    let id = socket.id;
    let leaving = Arc::clone(clients);
    socket.on_disconnect(async move || leaving.leave(id));
    let watching = Arc::clone(clients);
    socket.on("watch", move |socket: SocketRef, TryData(wanted): TryData<Watch>| {
        let wanted =
            wanted.map_err(|error| refusal("invalid_watch", format!("No list of widgets: {error}.")));
        watching.hear(&socket, wanted.and_then(watch::read));
        ready(())
    });
}

/// A message that refuses a whole `watch`.
fn refusal(code: &str, message: String) -> ViewErrorMessage {
    ViewErrorMessage { id: None, code: code.to_owned(), message }
}
