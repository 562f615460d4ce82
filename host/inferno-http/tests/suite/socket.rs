//! A small client of the socket: engine.io 4 and socket.io 5 over one web socket, as far as the tests speak them.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

/// A connected client.
pub(crate) struct Client(WebSocketStream<TcpStream>);

impl Client {
    /// Connects to the namespace `/`, as a page of this server does.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_from(address, &format!("http://{address}")).await.expect("the page may connect")
    }

    /// Connects as a page of `origin`; the status, where that is refused.
    pub(crate) async fn connect_from(address: SocketAddr, origin: &str) -> Result<Self, u16> {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        let socket = match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => socket,
            Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => {
                return Err(refused.status().as_u16());
            }
            Err(error) => panic!("{error}"),
        };
        let mut client = Self(socket);
        assert!(client.packet().await.expect("an open socket").starts_with('0'), "engine.io opens");
        client.send("40".to_owned()).await;
        assert!(client.packet().await.expect("an open socket").starts_with("40"), "the namespace opens");
        Ok(client)
    }

    pub(crate) async fn emit(&mut self, event: &str, data: Value) {
        self.send(format!("42{}", json!([event, data]))).await;
    }

    /// The next event of that name, whatever else comes before it; nothing when the server closes the socket.
    pub(crate) async fn next(&mut self, event: &str) -> Option<Value> {
        loop {
            let (name, data) = self.event().await?;
            if name == event {
                return Some(data);
            }
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            let packet = self.packet().await?;
            let Some(text) = packet.strip_prefix("42") else { continue };
            let Ok((name, data)) = serde_json::from_str(text) else { panic!("no event: {text}") };
            return Some((name, data));
        }
    }

    /// The next packet that is no heartbeat.
    async fn packet(&mut self) -> Option<String> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) if text.as_str() == "2" => self.send("3".to_owned()).await,
                Ok(Message::Text(text)) if text.as_str() == "1" || text.as_str() == "41" => return None,
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn send(&mut self, packet: String) {
        // That the server closed the socket is told by the next packet.
        let _ = self.0.send(Message::Text(packet.into())).await;
    }
}
