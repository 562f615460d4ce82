//! What a client says between being told that it is connected and counting as connected.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::{net::TcpListener, time::timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{clients::Wanted, *};

/// What a test waits for at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves clients of whom each says `wanted` before it counts as connected; what the first is sent, until it is sent an
/// event, or is watching.
async fn said_early(wanted: fn() -> Wanted) -> (Arc<Clients>, Option<String>) {
    let clients = Arc::new(Clients::default());
    let (service, io) = SocketIo::builder().req_path(SOCKET_PATH).build_svc();
    let (joining, early) = (Arc::clone(&clients), Arc::clone(&clients));
    let connected = move |socket: SocketRef| {
        joining.join(&socket);
        ready(())
    };
    io.ns(
        "/",
        connected.with(async move |socket: SocketRef| {
            assert!(!socket.connected());
            early.hear(&socket, wanted());
            Ok::<_, Full>(())
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route_service(&format!("{SOCKET_PATH}/"), service);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let url = format!("ws://{address}{SOCKET_PATH}/?EIO=4&transport=websocket");
    let (mut socket, _) = connect_async(url).await.expect("it connects");
    socket.send(Message::Text("40".into())).await.expect("it is heard");
    let event = async {
        while clients.pictures().is_empty() {
            let message = timeout(Duration::from_millis(10), socket.next()).await;
            if let Ok(Some(Ok(Message::Text(text)))) = message
                && text.starts_with("42")
            {
                return Some(text.to_string());
            }
        }
        None
    };
    let event = timeout(PATIENCE, event).await.expect("it is heard");
    (clients, event)
}

#[tokio::test]
async fn what_is_said_early_is_drawn() {
    let wanted = || {
        let widget = json!({"id": "a", "widget": "test/counting", "settings": {},
            "viewport": {"width": 10, "height": 10}, "theme": "dark"});
        watch::read(serde_json::from_value(json!({ "widgets": [widget] })).expect("a watch"))
    };
    let (clients, event) = said_early(wanted).await;
    assert_eq!((clients.pictures().len(), event), (1, None));
}

#[tokio::test]
async fn what_is_said_early_is_refused() {
    let (clients, event) = said_early(|| Err(refusal("invalid_watch", "No.".to_owned()))).await;
    assert!(clients.pictures().is_empty());
    assert!(event.is_some_and(|event| event.contains("viewError") && event.contains("invalid_watch")));
}
