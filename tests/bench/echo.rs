//! What any program at least has to do: take a form, send its JSON to whoever listens.

use std::collections::HashMap;
use std::io::Write;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Form, State};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, Sender};

/// Serves until it is killed; tells its address on the first line.
pub(crate) async fn serve() -> std::io::Result<()> {
    let (frames, _) = broadcast::channel::<String>(65_536);
    let router =
        Router::new().route("/mangotelecom/events/call", post(take)).route("/feed", get(listen)).with_state(frames);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    axum::serve(listener, router).await
}

async fn take(State(frames): State<Sender<String>>, Form(mut fields): Form<HashMap<String, String>>) -> &'static str {
    if let Some(json) = fields.remove("json") {
        let _ = frames.send(json);
    }
    "{}"
}

async fn listen(State(frames): State<Sender<String>>, upgrade: WebSocketUpgrade) -> Response {
    let mut frames = frames.subscribe();
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        while let Ok(json) = frames.recv().await {
            if socket.send(Message::text(json)).await.is_err() {
                return;
            }
        }
    })
}
