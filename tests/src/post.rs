use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Event, KEY, SALT};

/// The PBX's signature, written here a second time and independently (reference 1.2).
pub fn sign(key: &str, json: &str, salt: &str) -> String {
    hex::encode(Sha256::digest([key, json, salt].concat()))
}

/// A form as the PBX sends it.
pub fn form(key: &str, sign: &str, json: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("vpbx_api_key", key)
        .append_pair("sign", sign)
        .append_pair("json", json)
        .finish()
}

/// Posts signed events to a listener, as the PBX does.
#[derive(Clone)]
pub struct Poster {
    base: String,
    key: String,
    salt: String,
    client: Client,
}

impl Poster {
    /// Posts below this base address with the tests' account.
    pub fn new(base: &str) -> Poster {
        Poster::with_account(base, KEY, SALT)
    }

    /// Posts below this base address with another account.
    pub fn with_account(base: &str, key: &str, salt: &str) -> Poster {
        let client = Client::builder()
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build()
            .expect("a client without TLS settings can be made");
        Poster { base: base.to_owned(), key: key.to_owned(), salt: salt.to_owned(), client }
    }

    /// The base address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The HTTP client, for requests that are not posts of events.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The form of a JSON text, signed with this account.
    pub fn signed(&self, json: &str) -> String {
        form(&self.key, &sign(&self.key, json, &self.salt), json)
    }

    /// Posts one event and wants its 200.
    pub async fn deliver(&self, event: &Event) {
        let status = self.post(event).await;
        assert_eq!(status, StatusCode::OK, "{} {}", event.path, event.json);
    }

    /// Posts events one after another and wants every 200.
    pub async fn deliver_all<'e>(&self, events: impl IntoIterator<Item = &'e Event>) {
        for event in events {
            self.deliver(event).await;
        }
    }

    /// Posts one event.
    pub async fn post(&self, event: &Event) -> StatusCode {
        self.post_json(&event.path, &event.json).await
    }

    /// Posts a JSON value to a path below the base.
    pub async fn post_json(&self, path: &str, json: &Value) -> StatusCode {
        self.post_text(path, &json.to_string()).await
    }

    /// Posts a text, signed, that need not be JSON.
    pub async fn post_text(&self, path: &str, json: &str) -> StatusCode {
        self.post_body(path, self.signed(json)).await.status()
    }

    /// Posts a body as it is.
    pub async fn post_body(&self, path: &str, body: String) -> Response {
        self.try_post_body(path, body).await.expect("the listener answers")
    }

    /// Posts a body as it is; an error when the listener does not answer.
    pub async fn try_post_body(&self, path: &str, body: String) -> reqwest::Result<Response> {
        self.client
            .post(format!("{}/{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
    }
}
