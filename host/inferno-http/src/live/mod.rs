//! The socket of the pages: a snapshot every second, and the widgets that a client watches, drawn once for all who
//! watch the same.
//!
//! Owns: who watches what, and the pace. Refuses to wait for anybody: a snapshot never waits for a widget, a widget
//! never for another client, and a client that does not read loses what it did not read. What is kept for it is
//! bounded: the newest snapshot, and as many packets as there can be widgets.

mod clients;
mod pace;
mod watch;

use std::{sync::Arc, time::Duration};

use axum::{Router, middleware};
use socketioxide::{
    SocketIo,
    extract::{SocketRef, TryData},
};
use tokio::task::JoinHandle;

use crate::{
    Server,
    api::live::{MAX_WATCHED, ViewErrorMessage, Watch},
    guard::{self, SOCKET_PATH},
};
use clients::Clients;

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
    let joining = Arc::clone(&clients);
    io.ns("/", async move |socket: SocketRef| join(&joining, socket));
    let pace = tokio::spawn(pace::keep(Arc::clone(server), clients));
    let routes = Router::new()
        .route_service(SOCKET_PATH, service.clone())
        .route_service(&format!("{SOCKET_PATH}/"), service)
        .route_layer(middleware::from_fn_with_state(Arc::clone(server), guard::guard));
    (routes, Live { io, pace })
}

fn join(clients: &Arc<Clients>, socket: SocketRef) {
    let id = socket.id;
    let leaving = Arc::clone(clients);
    socket.on_disconnect(async move || leaving.leave(id));
    if let Err(full) = clients.join(&socket) {
        // Told or not, it is turned away.
        let _ = socket.emit("viewError", &full);
        let _ = socket.disconnect();
        return;
    }
    if !socket.connected() {
        // It left before anybody listened for that.
        clients.leave(id);
    }
    let watching = Arc::clone(clients);
    socket.on("watch", async move |socket: SocketRef, TryData(wanted): TryData<Watch>| {
        let wanted =
            wanted.map_err(|error| refusal("invalid_watch", format!("No list of widgets: {error}.")));
        if let Err(refused) = wanted.and_then(watch::read).and_then(|wanted| watching.watch(&socket, wanted))
        {
            let _ = socket.emit("viewError", &refused);
        }
    });
}

/// A message that refuses a whole `watch`, or a whole client.
fn refusal(code: &str, message: String) -> ViewErrorMessage {
    ViewErrorMessage { id: None, code: code.to_owned(), message }
}
