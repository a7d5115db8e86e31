//! A Tauri app that does nothing, with as many web views as its first argument says: what Callpop's start and memory
//! are measured against.

use tauri::http::Response;
use tauri::{WebviewUrl, WebviewWindowBuilder};

const PAGE: &[u8] = b"<!doctype html><meta charset=\"utf-8\"><title>empty</title><p>empty</p>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let web_views: u32 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1);
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| {
            let mut page = Response::new(PAGE.to_vec());
            page.headers_mut().insert("content-type", tauri::http::HeaderValue::from_static("text/html"));
            page
        })
        .setup(move |app| {
            for number in 0..web_views {
                let page = WebviewUrl::CustomProtocol("empty://localhost/".parse()?);
                WebviewWindowBuilder::new(app, format!("empty-{number}"), page).visible(number == 0).build()?;
            }
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
