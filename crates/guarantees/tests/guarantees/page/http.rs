//! Requests as no browser sends them.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::site::Site;

#[derive(Debug)]
pub struct Answer {
    pub code: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The cookie that it sets, as it is sent back.
    pub fn cookie(&self) -> Option<String> {
        let line = self.head.lines().find_map(|line| line.strip_prefix("set-cookie: "))?;
        Some(line.split(';').next()?.to_owned())
    }

    /// The token of the first form.
    pub fn form_token(&self) -> Option<String> {
        let (_, rest) = self.body.split_once(r#"name="token" value=""#)?;
        Some(rest.split('"').next()?.to_owned())
    }
}

/// Sends these bytes, and reads until the connection is closed.
pub async fn send(site: &Site, request: &str) -> Answer {
    let mut stream = TcpStream::connect(site.host()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    read(&mut stream).await
}

pub async fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // Whoever was refused may be cut off before everything was sent.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    Answer { code, head: head.to_lowercase(), body: body.to_owned() }
}

/// A request with these headers.
pub async fn ask(
    site: &Site,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let host = site.host();
    let has = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if !has("host") {
        request += &format!("host: {host}\r\n");
    }
    if !has("content-type") {
        request += "content-type: application/x-www-form-urlencoded\r\n";
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    send(site, &format!("{request}\r\n{body}")).await
}

pub async fn get(site: &Site, path: &str) -> Answer {
    ask(site, "GET", path, &[], "").await
}
