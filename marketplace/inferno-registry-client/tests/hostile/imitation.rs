//! A registry that says whatever a test wants it to say, and remembers what it was told.
//!
//! Only for answers that no honest registry gives; everything else is tested against the real one.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use inferno_registry_client::RegistryUrl;

/// A canned answer: the status line's number, header lines, the body, and how many bytes it claims to have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) claimed: Option<usize>,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub(crate) fn leading_to(status: u16, location: &str) -> Self {
        Self { status, headers: vec![format!("location: {location}")], ..Self::default() }
    }
}

/// The running imitation. Its thread ends with the test's process.
#[derive(Debug)]
pub(crate) struct Imitation {
    pub(crate) url: RegistryUrl,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Imitation {
    /// Answers `METHOD /path` (without the query) as the table says; everything else with 404.
    pub(crate) fn start(answers: BTreeMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // One request per connection is enough, and simple.
                let _ = serve(stream, &answers, &told);
            }
        });
        Self { url: url.parse().expect("an origin"), heard }
    }

    /// Every request so far: its first line and headers, in lower case.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no test panics while it holds this").clone()
    }
}

fn serve(
    stream: TcpStream,
    answers: &BTreeMap<String, Answer>,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut head, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
        head += &format!("{line}\n");
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    heard.lock().expect("no test panics while it holds this").push(format!("{first}{head}"));
    let mut words = first.split_whitespace();
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default().split('?').next().unwrap_or_default();
    let missing = Answer::status(404, "");
    let answer = answers.get(&format!("{method} {path}")).unwrap_or(&missing);
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {} said\r\nconnection: close\r\n", answer.status)?;
    for header in &answer.headers {
        write!(stream, "{header}\r\n")?;
    }
    write!(stream, "content-length: {}\r\n\r\n", answer.claimed.unwrap_or(answer.body.len()))?;
    stream.write_all(&answer.body)
}
