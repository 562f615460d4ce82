//! Who is connected, and what each of them watches.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use inferno_insight::{Snapshot, View};
use socketioxide::{extract::SocketRef, socket::Sid};
use tokio::sync::Notify;

use super::watch::{Picture, Watched};
use crate::{
    api::live::{ViewErrorMessage, ViewMessage},
    seam::Problem,
};

/// The most clients. Each is a page in somebody's browser.
const MAX_CLIENTS: usize = 256;
/// How long a client may be heard that does not count as connected: not yet, or, which nobody says twice, no longer.
const UNCONNECTED: Duration = Duration::from_secs(10);

/// There are as many clients as there may be.
#[derive(Debug, thiserror::Error)]
#[error("there are {MAX_CLIENTS} pages connected already; close some")]
pub(super) struct Full;

/// What a picture shows, or why it shows nothing.
pub(super) type Drawn = Result<View, Problem>;

/// What a client wants to watch instead, or why it may not.
pub(super) type Wanted = Result<Vec<Watched>, ViewErrorMessage>;

/// All clients.
#[derive(Debug, Default)]
pub(super) struct Clients {
    // Locked for as long as it takes to put messages in queues, never across an await and never while a widget runs.
    connected: Mutex<Connected>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Connected {
    clients: HashMap<Sid, Client>,
    /// What the last beat brought: who comes between two of them need not wait for the next.
    newest: Option<Arc<Snapshot>>,
}

#[derive(Debug)]
struct Client {
    socket: SocketRef,
    watched: Vec<Watched>,
    /// What it said before it was connected, when nothing can be said to it.
    early: Option<Wanted>,
    since: Instant,
}

impl Client {
    fn new(socket: &SocketRef) -> Self {
        Self { socket: socket.clone(), watched: Vec::new(), early: None, since: Instant::now() }
    }

    /// Watches something else, or is told why not.
    fn hear(&mut self, wanted: Wanted) {
        match wanted {
            Ok(watched) => self.watched = watched,
            // One that does not read is not told.
            Err(refused) => drop(self.socket.emit("viewError", &refused)),
        }
    }

    fn tell(&self, snapshot: &Snapshot) {
        // It may have gone, which is noticed elsewhere.
        let _ = self.socket.volatile().emit("snapshot", snapshot);
    }
}

impl Clients {
    /// Whether one more client may connect.
    pub(super) fn has_room(&self) -> Result<(), Full> {
        if self.lock().clients.len() < MAX_CLIENTS { Ok(()) } else { Err(Full) }
    }

    /// Counts a client in that is connected, and tells it how things are.
    pub(super) fn join(&self, socket: &SocketRef) {
        let mut connected = self.lock();
        let Connected { clients, newest } = &mut *connected;
        // It may have left already.
        if !socket.connected() {
            clients.remove(&socket.id);
            return;
        }
        let client = clients.entry(socket.id).or_insert_with(|| Client::new(socket));
        if let Some(newest) = newest {
            client.tell(newest);
        }
        if let Some(wanted) = client.early.take() {
            client.hear(wanted);
            self.changed.notify_one();
        }
    }

    pub(super) fn leave(&self, id: Sid) {
        self.lock().clients.remove(&id);
    }

    /// Hears what a client wants to watch. It may say so before it counts as connected: it is told first that it is.
    pub(super) fn hear(&self, socket: &SocketRef, wanted: Wanted) {
        let mut connected = self.lock();
        let client = connected.clients.entry(socket.id).or_insert_with(|| Client::new(socket));
        match socket.connected() {
            true => client.hear(wanted),
            false => client.early = Some(wanted),
        }
        self.changed.notify_one();
    }

    /// Resolves when somebody began to watch something.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Everything that anybody watches, each once.
    pub(super) fn pictures(&self) -> HashSet<Arc<Picture>> {
        let connected = self.lock();
        connected
            .clients
            .values()
            .flat_map(|client| &client.watched)
            .map(|w| Arc::clone(&w.picture))
            .collect()
    }

    pub(super) fn is_watched(&self, picture: &Picture) -> bool {
        self.lock().clients.values().any(|client| client.watched.iter().any(|w| *w.picture == *picture))
    }

    /// Sends the newest snapshot. Of those that a client did not read, it gets the last.
    pub(super) fn snapshot(&self, snapshot: Arc<Snapshot>) {
        let mut connected = self.lock();
        connected
            .clients
            .retain(|_, client| client.socket.connected() || client.since.elapsed() < UNCONNECTED);
        for client in connected.clients.values() {
            client.tell(&snapshot);
        }
        connected.newest = Some(snapshot);
    }

    /// Sends a picture to all who watch it. Who has not read the last ones does without.
    pub(super) fn drawn(&self, picture: &Picture, drawn: &Drawn) {
        for client in self.lock().clients.values() {
            for Watched { id, .. } in client.watched.iter().filter(|w| *w.picture == *picture) {
                let _ = match drawn {
                    Ok(view) => {
                        client.socket.emit("view", &ViewMessage { id: id.clone(), view: view.clone() })
                    }
                    Err(problem) => client.socket.emit("viewError", &error(id, problem)),
                };
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connected> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(id: &str, problem: &Problem) -> ViewErrorMessage {
    ViewErrorMessage {
        id: Some(id.to_owned()),
        code: problem.code().to_owned(),
        message: problem.shown().to_owned(),
    }
}
