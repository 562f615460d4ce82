//! A web server on the loopback that misbehaves as told.
//!
//! Owns: one thread, one connection at a time, and a log of what was asked. Each answer is the bytes that a test
//! wrote, so a test can lie about anything.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What was asked: path and headers, with lower-case names.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The first byte asked for by `Range`.
    pub(crate) fn start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Serves on a free port until the test ends; `answer` gets the request and how many came before it.
    pub(crate) fn start(answer: impl Fn(&Request, usize) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else { continue };
                let before = seen.lock().unwrap().len();
                seen.lock().unwrap().push(request.clone());
                let _ = (&stream).write_all(&answer(&request, before));
            }
        });
        Self { url, log }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// Where each request began to read; `None` is a whole file.
    pub(crate) fn starts(&self) -> Vec<Option<usize>> {
        self.requests().iter().map(Request::start).collect()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())))
        .collect();
    Some(Request { path, headers })
}

/// An answer with these header lines, saying how many bytes follow.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    announcing(body.len(), status, headers, body)
}

/// The same, with a length that may be a lie.
pub(crate) fn announcing(length: usize, status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

/// A server's whole or partial answer as HTTP wants it, for a file with this tag.
pub(crate) fn honest(request: &Request, body: &[u8], tag: &str) -> Vec<u8> {
    let tag = format!("\"{tag}\"");
    match request.start() {
        Some(start) if request.header("if-range").is_none_or(|asked| asked == tag) => {
            let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
            let headers = format!("ETag: {tag}\r\nContent-Range: {range}\r\n");
            answer("206 Partial Content", &headers, &body[start..])
        }
        _ => answer("200 OK", &format!("ETag: {tag}\r\n"), body),
    }
}
