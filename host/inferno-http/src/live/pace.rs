//! The pace of the socket: with every snapshot, every watched picture is drawn anew.
//!
//! A picture that is still being drawn is not drawn again meanwhile, so a slow widget loses its own beats and nobody
//! else's. Pictures take turns for the few places at which components run.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use inferno_insight::Snapshot;
use tokio::{sync::watch, task, time};

use super::{
    clients::{Clients, Drawn},
    watch::Picture,
};
use crate::{
    Server, console,
    seam::{Problem, ProblemKind},
};

/// The shortest time between two rounds, however often clients change what they watch.
const SHORTEST: Duration = Duration::from_millis(50);

/// How far a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Waits for its turn, or is being drawn.
    Drawing,
    /// Was drawn since the last snapshot.
    Drawn,
}

/// Pictures that are being drawn or were drawn.
type Stages = Arc<Mutex<HashMap<Arc<Picture>, Stage>>>;

/// Keeps the pace of `snapshots` until telemetry ends.
pub(super) async fn keep(
    server: Arc<Server>,
    clients: Arc<Clients>,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
) {
    let stages = Stages::default();
    loop {
        let beat = tokio::select! {
            changed = snapshots.changed() => match changed {
                Ok(()) => true,
                Err(_) => return,
            },
            () = clients.changed() => false,
        };
        if beat {
            let snapshot = Arc::clone(&snapshots.borrow_and_update());
            clients.snapshot(snapshot);
        }
        for picture in due(&clients, &stages, beat) {
            tokio::spawn(draw(Arc::clone(&server), Arc::clone(&clients), Arc::clone(&stages), picture));
        }
        time::sleep(SHORTEST).await;
    }
}

/// The pictures to draw now: on a beat all that nobody draws already, else only those that never were.
fn due(clients: &Clients, stages: &Stages, beat: bool) -> Vec<Arc<Picture>> {
    let watched = clients.pictures();
    let mut stages = stages.lock().unwrap_or_else(PoisonError::into_inner);
    stages.retain(|picture, stage| *stage == Stage::Drawing || watched.contains(picture));
    let mut due = Vec::new();
    for picture in watched {
        let stage = stages.get(&picture).copied();
        if stage.is_none() || (beat && stage == Some(Stage::Drawn)) {
            stages.insert(Arc::clone(&picture), Stage::Drawing);
            due.push(picture);
        }
    }
    due
}

async fn draw(server: Arc<Server>, clients: Arc<Clients>, stages: Stages, picture: Arc<Picture>) {
    let place = server.pools.component_place().await;
    // While it waited for its turn, everybody may have turned away.
    if clients.is_watched(&picture) {
        let (plugins, insight) = (Arc::clone(&server.seams.plugins), Arc::clone(&server.seams.insight));
        let of = Arc::clone(&picture);
        let drawing = task::spawn_blocking(move || {
            let _place = place;
            let queries = plugins.queries(&of.widget, &of.settings)?;
            let frames = console::widgets::answer(&*insight, &queries)?;
            plugins.render(&of.widget, &of.settings, &frames, of.viewport, of.theme)
        });
        let drawn: Drawn = drawing.await.unwrap_or_else(|panicked| {
            tracing::error!(widget = %picture.widget, error = %panicked, "drawing a widget failed");
            Err(Problem::new(ProblemKind::Internal, "internal", "drawing failed"))
        });
        clients.drawn(&picture, &drawn);
    }
    stages.lock().unwrap_or_else(PoisonError::into_inner).insert(picture, Stage::Drawn);
}
